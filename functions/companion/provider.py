"""The models that reply, by the settings. It is imported when the first reply is made, because httpx is not small."""

from functools import cache

from functions.companion.settings import CompanionSettings
from shared.ai.engine import DIALECTS, LIMITS, ModelChoice, ModelEngine
from shared.ai.models import limits_of
from shared.outbound.host import Host


@cache
def engine(settings: CompanionSettings, models: tuple[str, ...]) -> ModelEngine:
    """One engine of some models for the process, so that breakers and limits hold for all replies."""
    return ModelEngine([_choice(settings, name) for name in models])


@cache
def _choice(settings: CompanionSettings, name: str) -> ModelChoice:
    provider = name.partition("/")[0]
    dialect = DIALECTS[provider]
    host = Host(dialect.BASE_URL or settings.ai_compatible_url or "", LIMITS)
    return ModelChoice(name, dialect, host, settings.key_of(provider), limits_of(name))
