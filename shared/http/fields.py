"""Base models and field types of requests."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Annotated, Any, Literal, Self, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shared.clock import utc_now
from shared.errors import RuleBroken
from shared.http.suggestions import nearest
from shared.moods import MOODS, PLEASANT
from shared.pattern import Pattern
from shared.visible import is_visible

MOST_ON_A_PAGE = 200
LONGEST_MOOD = 20  # of a text that may be a mistyped one
MOST_AHEAD = timedelta(minutes=5)  # so far a phone's clock may be ahead of the server's
DATE_CHARACTERS = len("2025-11-21")
NUMBER = re.compile(r"\s*[-+]?[0-9.]+\s*")
LONGEST_TAG = 35  # RFC 5646, 4.4.1
SCRIPT_LENGTH = len("Hans")
REGION = re.compile("[A-Za-z]{2}|[0-9]{3}")
COMMON_YEARS = range(1901, 2200)  # near the ends of the calendar, conversion between time zones overflows


class RequestModel(BaseModel):
    """A part of a request. Unknown fields are refused, and errors never contain the input."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True, defer_build=True)


class ChangeModel(RequestModel):
    """A change of those fields that were sent, at least one."""

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            raise RuleBroken("name at least one field to change")
        return self


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


# The default of a field that may be omitted but not null. OpenAPI does not show it.
OMITTABLE: Any = Field(None, json_schema_extra=_without_default)


def _storable(text: str) -> str:
    if "\x00" in text:
        raise RuleBroken("must not contain the NUL character")
    return text


def _visible(text: str) -> str:
    if not is_visible(text):
        raise RuleBroken("must contain a visible character")
    return text


def _language_tag(written: str) -> str:
    """The language, script and region of a tag, as they are usually written. Nobody reads what follows."""
    language, *rest = written.replace("_", "-").split("-")
    script = [part.title() for part in rest[:1] if len(part) == SCRIPT_LENGTH and part.isalpha()]
    regions = [part.upper() for part in rest[len(script) :][:1] if REGION.fullmatch(part)]
    return "-".join([language.lower(), *script, *regions])


def _in_common_years(moment: AwareDatetime) -> AwareDatetime:
    if moment.year not in COMMON_YEARS:
        raise RuleBroken("must lie between the years 1901 and 2199")
    return moment


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)  # Postgres refuses offsets of 16 hours and more


def as_written(kind: Literal["date", "datetime"]) -> tuple[Any, ...]:
    """Refuses what pydantic would read: numbers, also as texts, as seconds since 1970, and midnight as a date."""

    def check(written: object) -> object:
        if not isinstance(written, str | date) or (isinstance(written, str) and NUMBER.fullmatch(written)):
            raise PydanticCustomError(f"{kind}_parsing", "a number is not a time")
        if kind == "date" and isinstance(written, str) and len(written) != DATE_CHARACTERS:
            raise PydanticCustomError("date_parsing", "a time is not a date, not even midnight")
        return written

    return Field(strict=False), BeforeValidator(check)  # what a function was given is no longer JSON


def _not_ahead(moment: datetime) -> datetime:
    if moment > utc_now() + MOST_AHEAD:
        raise RuleBroken("must not lie more than 5 minutes ahead")
    return moment


def _known_mood(name: str) -> str:
    if name in MOODS:
        return name
    if meant := _nearest_mood(name):
        raise RuleBroken("must be one of the moods that GET /checkin/moods lists. Did you mean `{name}`?", name=meant)
    raise RuleBroken("must be one of the moods that GET /checkin/moods lists")


def _pleasant_mood(name: str) -> str:
    if name not in PLEASANT:
        raise RuleBroken("must be a pleasant mood, like `calm`")
    return name


def _nearest_mood(written: str) -> str | None:
    """The mood whose name, or whose label in some language, is most like this, in whatever case."""
    moods = _moods_by_word()
    meant = nearest(written[:LONGEST_MOOD], moods)
    return moods[meant] if meant else None


@cache
def _moods_by_word() -> dict[str, str]:
    from shared.labels import LABELS

    labels = {label.lower(): name for texts in LABELS.by_code.values() for name, label in texts.moods.items()}
    return labels | {name: name for name in MOODS}


Kind: TypeAlias = Literal[
    "book",
    "breathing",
    "connection",
    "film",
    "gratitude",
    "learning",
    "mindfulness",
    "movement",
    "music",
    "nature",
    "rest",
    "verse",
    "writing",
]

Text = Annotated[str, AfterValidator(_storable)]
# Annotations of a text that must show something. OpenAPI has the pattern.
VISIBLE = (Pattern(r"\S", "must contain a visible character"), AfterValidator(_visible))
_Written = Annotated[AwareDatetime, *as_written("datetime"), AfterValidator(_in_common_years)]
Moment = Annotated[_Written, AfterValidator(_in_utc)]
TimeOfDay = Annotated[
    str, Pattern(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", "must be a time of day from 00:00 to 23:59, like 08:30")
]
LanguageTag = Annotated[
    str,
    Field(max_length=LONGEST_TAG),
    Pattern(
        r"^[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?([-_][A-Za-z0-9]{1,8})*$",
        "must be a language tag like en, de-AT or zh-Hans",
    ),
    AfterValidator(_language_tag),
]
Limit = Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE)]
PastMoment = Annotated[Moment, AfterValidator(_not_ahead)]
LocalMoment = Annotated[_Written, AfterValidator(_not_ahead)]  # with its offset, which tells where the person was
MoodName = Annotated[str, AfterValidator(_known_mood), WithJsonSchema({"type": "string", "enum": list(MOODS)})]
TargetMood = Annotated[
    MoodName, AfterValidator(_pleasant_mood), WithJsonSchema({"type": "string", "enum": list(PLEASANT)})
]


def one_of(*values: str) -> WithJsonSchema:
    """Lists the values of a stored text in OpenAPI. Nothing is validated: what is stored is valid."""
    return WithJsonSchema({"type": "string", "enum": [*values]})


StoredMood = Annotated[str, one_of(*MOODS)]
StoredKind = Annotated[str, one_of(*get_args(Kind))]
