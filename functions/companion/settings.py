"""Which models reply, and how they are reached."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PositiveInt, SecretStr, model_validator

from shared.ai.models import is_known, limits_of
from shared.pattern import Pattern
from shared.settings import LOOPBACK, OwnSettings, WebAddress, comma_separated

ModelName = Annotated[
    str,
    Pattern(
        r"^(openai|anthropic|gemini|compatible)/[\w.:-]{1,80}$",
        "must be a provider and a model: openai/…, anthropic/…, gemini/… or compatible/…",
    ),
]


class CompanionSettings(OwnSettings):
    ai_chat_models: Annotated[tuple[ModelName, ...], BeforeValidator(comma_separated)] = ()
    openai_api_key: SecretStr | None = None
    anthropic_api_key: SecretStr | None = None
    gemini_api_key: SecretStr | None = None
    ai_compatible_url: Annotated[WebAddress, Pattern(r"[^/]$", "must not end with a slash")] | None = None
    ai_compatible_key: SecretStr | None = None
    ai_daily_tokens: PositiveInt = 100_000
    ai_monthly_budget: Annotated[Decimal, Field(gt=0)] | None = None  # in the currency of the prices, US dollars

    def key_of(self, provider: str) -> str:
        """The key for a provider, or an empty text."""
        keys = {
            "openai": self.openai_api_key,
            "anthropic": self.anthropic_api_key,
            "gemini": self.gemini_api_key,
            "compatible": self.ai_compatible_key,
        }
        key = keys[provider]
        return key.get_secret_value() if key else ""

    @model_validator(mode="after")
    def _every_model_can_be_reached(self) -> Self:
        for name in self.ai_chat_models:
            provider = name.partition("/")[0]
            if not is_known(name):
                raise ValueError("AI_CHAT_MODELS names a model that shared/ai/models.yaml does not list")
            if provider == "compatible" and not self.ai_compatible_url:
                raise ValueError("AI_CHAT_MODELS names a compatible model, which needs AI_COMPATIBLE_URL")
            if provider != "compatible" and not self.key_of(provider):
                raise ValueError(f"AI_CHAT_MODELS names a model of {provider}, which needs its key")
        return self

    @model_validator(mode="after")
    def _a_budget_knows_every_price(self) -> Self:
        """Otherwise replies of a model would cost nothing, and the budget would never be reached."""
        if self.ai_monthly_budget and not all(limits_of(name).price for name in self.ai_chat_models if is_known(name)):
            raise ValueError(
                "AI_MONTHLY_BUDGET needs the price of every model in AI_CHAT_MODELS: add it to shared/ai/models.yaml"
            )
        return self

    @model_validator(mode="after")
    def _words_of_people_travel_encrypted(self) -> Self:
        host = (self.ai_compatible_url or "").partition("://")[2].partition("/")[0].rpartition(":")
        is_local = (host[0] or host[2]).strip("[]") in LOOPBACK
        if self.ai_compatible_url and not self.ai_compatible_url.startswith("https://") and not is_local:
            raise ValueError("AI_COMPATIBLE_URL needs https unless it is on this machine")
        return self
