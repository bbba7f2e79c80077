"""The request and response of `account`."""

from typing import Annotated

from pydantic import AfterValidator, Field

from shared.clock import zone
from shared.http import OMITTABLE, ChangeModel, LanguageTag, RequestModel, ResponseModel, Text, TimeOfDay
from shared.pattern import Pattern
from shared.safety import Grade

MAX_WORDS = 50


def _zone_name(name: str) -> str:
    return zone(name).key


ZoneName = Annotated[Text, Field(max_length=64), AfterValidator(_zone_name)]
Country = Annotated[str, Pattern(r"^[A-Z]{2}$", "must be the two capital letters of a country, like DE")]
WordList = Annotated[list[Annotated[Text, Field(min_length=1, max_length=80)]], Field(max_length=MAX_WORDS)]


class ProfileChange(ChangeModel):
    """The fields to change. You need at least one; omitted fields stay the same."""

    display_name: Annotated[Text, Field(max_length=80)] | None = None
    timezone: ZoneName = OMITTABLE
    locale: LanguageTag = OMITTABLE
    country: Country | None = None
    day_starts_at: TimeOfDay = OMITTABLE
    streaks_enabled: bool = OMITTABLE
    interests: WordList = OMITTABLE
    avoid: WordList = OMITTABLE


class OpenedSupport(RequestModel):
    """The grade of the support that you opened."""

    grade: Grade


class Profile(ResponseModel):
    """Your profile.

    `timezone` and `day_starts_at` decide which date a moment belongs to. `interests` and `avoid` name kinds or tags of
    content that you want to see more of, or not at all.
    """

    display_name: str | None = None
    timezone: str = "UTC"
    locale: str = "en"
    country: str | None = None
    day_starts_at: str = "00:00"
    streaks_enabled: bool = True
    interests: list[str] = Field(default_factory=list)
    avoid: list[str] = Field(default_factory=list)
