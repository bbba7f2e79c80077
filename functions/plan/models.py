"""What comes in and what goes out of `plan`."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    RootModel,
    model_validator,
)
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_wrap_validator_function
from typing_extensions import TypedDict

from functions.plan.rules.arc import MAX_DAYS, MIN_DAYS
from functions.plan.rules.slots import MOST_PER_DAY
from shared.http import OMITTABLE, ChangeModel, Kind, MoodName, RequestModel, ResponseModel, Text


def _each_once(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Kinds = Annotated[list[Kind], Field(min_length=1, max_length=13), AfterValidator(_each_once)]


class ReminderTimes(RequestModel):
    """When, on the person's own wall; a slot that is left out keeps its time."""

    morning: TimeOfDay = OMITTABLE
    afternoon: TimeOfDay = OMITTABLE
    evening: TimeOfDay = OMITTABLE


def _times_or_false(source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Whatever is not `false` is read as times, so that its faults are told by their place in what was sent."""
    return no_info_wrap_validator_function(
        lambda value, times: value if value is False else times(value),
        handler(ReminderTimes),
        json_schema_input_schema=handler(source),
    )


Reminders = Annotated[ReminderTimes | Literal[False], GetPydanticSchema(_times_or_false)]


class PlanDraft(RequestModel):
    """Where to, or one of the journeys; whatever a journey says can be said otherwise."""

    current: MoodName = OMITTABLE
    target: MoodName = OMITTABLE
    duration: Annotated[int, Field(ge=MIN_DAYS, le=MAX_DAYS)] = OMITTABLE
    start_date: date = OMITTABLE
    per_day: Annotated[int, Field(ge=1, le=MOST_PER_DAY)] = OMITTABLE
    minutes_per_day: Annotated[int, Field(ge=5, le=480)] = OMITTABLE
    kinds: Kinds = OMITTABLE
    reminders: Reminders = OMITTABLE
    journey: Annotated[Text, Field(min_length=1, max_length=60)] = OMITTABLE
    try_without_prompts: bool = False

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if not (self.target or self.journey):
            raise ValueError("name a target or a journey")
        return self


class PlanChange(ChangeModel):
    status: Literal["active", "paused", "ended"] = OMITTABLE
    reminders: Reminders = OMITTABLE


class ActivityChange(RequestModel):
    status: Literal["done", "skipped"]
    mood_after: MoodName | None = None


class PictureQuery(RequestModel):
    theme: Literal["light", "dark"] = "light"


class ReasonShown(TypedDict):
    code: str
    label: str
    detail: str


class ActivityShown(TypedDict):
    """A typed dictionary, not a model: a plan has up to 150 of them."""

    activity_id: UUID
    content_id: UUID
    title: str
    kind: str
    minutes: int
    slot: str
    local_time: str
    status: str
    reasons: list[ReasonShown]


class ActivityInFull(ActivityShown):
    """With what there is to read of it by now, if it is still there."""

    mood_after: str | None
    body: str | None
    url: str | None
    image_url: str | None
    attribution: str | None


class DayPreview(TypedDict):
    day: int
    date: date
    target: str
    activities: list[ActivityShown]


class DayShown(TypedDict):
    day: int
    date: date
    target: str
    activities: list[ActivityInFull]


class Preview(TypedDict):
    days: list[DayPreview]


class PlanMade(ResponseModel):
    plan_id: UUID
    activities_total: int
    preview: Preview
    gave_way: list[ReasonShown]


class PlanSummary(ResponseModel):
    plan_id: UUID
    status: str
    current: str
    target: str
    duration: int
    per_day: int
    minutes_per_day: int | None
    kinds: list[str] | None
    journey: str | None
    start_date: date
    last_date: date
    paused_on: date | None
    reminders: dict[str, str] | Literal[False]
    try_without_prompts: bool
    created_at: datetime
    ended_at: datetime | None
    activities_total: int
    activities_done: int


class PlanPage(ResponseModel):
    items: list[PlanSummary]
    next_cursor: str | None


class PlanShown(PlanSummary):
    days: list[DayShown]


class Today(ResponseModel):
    plan_id: UUID
    day: int
    of: int
    date: date
    target: str
    activities: list[ActivityInFull]


class Activity(RootModel[ActivityInFull]):
    model_config = ConfigDict(defer_build=True)


class CalendarLink(ResponseModel):
    url: str


class JourneyShown(ResponseModel):
    id: str
    name: str
    about: str
    current: str
    target: str
    duration: int
    per_day: int
    kinds: list[str]


class Journeys(ResponseModel):
    items: list[JourneyShown]
    next_cursor: None


class AdherenceShown(ResponseModel):
    done: int
    skipped: int
    missed: int
    planned: int
    share: float | None  # of what was due, what was done


class WalkedShown(ResponseModel):
    """How far from the target a day was to end at first, and since the plan was adapted, and where it did end."""

    day: int
    date: date
    planned: float
    aimed: float
    walked: float | None


class DayChanged(ResponseModel):
    """A day that leads elsewhere than before, or has moved."""

    day: int
    was_date: date
    was_target: str
    date: date
    target: str


class ChangeShown(ResponseModel):
    reason: str
    told: str
    date: date
    changed_at: datetime
    days: list[DayChanged]


class EffectShown(ResponseModel):
    """Mood on the plan's days, less what was to be expected without it, with its 95 % interval."""

    verdict: str
    text: str
    mean: float | None
    low: float | None
    high: float | None
    days: int
    n_effective: float | None
    missing: dict[str, int]


class PromptsShown(ResponseModel):
    """The share done on days with reminders, less that on days without, with its 95 % interval."""

    difference: float
    standard_error: float
    low: float
    high: float
    prompted_days: int
    quiet_days: int


class ReviewShown(ResponseModel):
    title: str
    body: str
    figures: dict[str, float | int | str | None]


class Progress(ResponseModel):
    plan_id: UUID
    status: str
    adherence: AdherenceShown
    arc: list[WalkedShown]
    changes: list[ChangeShown]
    effect: EffectShown
    prompts: PromptsShown | None = None  # absent unless they are tried without, null while too little is known
    review: ReviewShown | None = None  # absent until the plan has ended
