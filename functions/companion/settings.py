"""Which models reply and review, and how they are reached."""

from collections.abc import Iterator
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
    ai_review_model: ModelName | None = None
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

    def _models(self) -> Iterator[tuple[str, str]]:
        """Every model that is set, with its setting."""
        yield from (("AI_CHAT_MODELS", name) for name in self.ai_chat_models)
        if self.ai_review_model:
            yield "AI_REVIEW_MODEL", self.ai_review_model

    @model_validator(mode="after")
    def _every_model_can_be_reached(self) -> Self:
        for setting, name in self._models():
            provider = name.partition("/")[0]
            if not is_known(name):
                raise ValueError(f"{setting} names a model that shared/ai/models.yaml does not list")
            if provider == "compatible" and not self.ai_compatible_url:
                raise ValueError(f"{setting} names a compatible model, which needs AI_COMPATIBLE_URL")
            if provider != "compatible" and not self.key_of(provider):
                raise ValueError(f"{setting} names a model of {provider}, which needs its key")
        return self

    @model_validator(mode="after")
    def _a_budget_knows_every_price(self) -> Self:
        """Otherwise replies of a model would cost nothing, and the budget would never be reached."""
        for setting, name in self._models() if self.ai_monthly_budget else ():
            if is_known(name) and not limits_of(name).price:
                raise ValueError(
                    f"AI_MONTHLY_BUDGET needs the price of every model in {setting}: add it to shared/ai/models.yaml"
                )
        return self

    @model_validator(mode="after")
    def _words_of_people_travel_encrypted(self) -> Self:
        host = (self.ai_compatible_url or "").partition("://")[2].partition("/")[0].rpartition(":")
        is_local = (host[0] or host[2]).strip("[]") in LOOPBACK
        if self.ai_compatible_url and not self.ai_compatible_url.startswith("https://") and not is_local:
            raise ValueError("AI_COMPATIBLE_URL needs https unless it is on this machine")
        return self
