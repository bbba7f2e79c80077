"""The profile of a person, also of one who has set nothing."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from functions.account import queries
from functions.account.models import Profile
from shared.http import Call, LanguageTag
from shared.languages import FALLBACK
from shared.places import device_locale


async def load_profile(call: Call[Any, Any]) -> Profile:
    """The stored profile, or else the defaults, in the language of the device."""
    return await queries.load_profile(call.conn) or default_profile(call)


def default_profile(call: Call[Any, Any]) -> Profile:
    try:
        locale = TypeAdapter[str](LanguageTag).validate_python(device_locale(call.headers.get("accept-language")))
    except ValidationError:
        locale = FALLBACK
    return Profile(locale=locale)


def changed_fields(stored: Profile | None, after: Profile) -> list[str]:
    """What is new to other functions, for which a person without a profile has the defaults, in English."""
    before = stored or Profile()
    return sorted(name for name in Profile.model_fields if getattr(before, name) != getattr(after, name))
