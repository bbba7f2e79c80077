"""The models that reply, by the settings. It is imported when the first reply is made, because httpx is not small."""

from collections.abc import Iterable
from functools import cache

from functions.companion.settings import CompanionSettings
from shared.ai.engine import DIALECTS, LIMITS, ModelChoice, ModelEngine
from shared.ai.models import limits_of
from shared.outbound.host import Host


@cache
def engine(settings: CompanionSettings, models: tuple[str, ...]) -> ModelEngine:
    """One engine of some models for the process, so that breakers and limits hold for all replies."""
    return ModelEngine([_choice(settings, name) for name in models])


def picture_tokens(models: Iterable[str]) -> int:
    """The most tokens that a picture has with one of these models."""
    return max((DIALECTS[name.partition("/")[0]].PICTURE_TOKENS for name in models), default=0)


@cache
def _choice(settings: CompanionSettings, name: str) -> ModelChoice:
    provider = name.partition("/")[0]
    dialect = DIALECTS[provider]
    host = Host(dialect.BASE_URL or settings.ai_compatible_url or "", LIMITS)
    return ModelChoice(name, dialect, host, settings.key_of(provider), limits_of(name))
