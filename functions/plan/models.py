"""API models of `plan`: the bodies that it accepts and answers with."""

from datetime import date, datetime
from typing import Annotated, Literal, NotRequired, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    RootModel,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_wrap_validator_function
from typing_extensions import TypedDict

from functions.plan.rules.arc import MAX_DAYS, MIN_DAYS
from functions.plan.rules.effect import Verdict
from functions.plan.rules.slots import MAX_PER_DAY, SLOTS
from shared.errors import RuleBroken
from shared.http import (
    OMITTABLE,
    ChangeModel,
    Kind,
    MoodName,
    RequestModel,
    ResponseModel,
    StoredKind,
    StoredMood,
    TargetMood,
    Text,
    TimeOfDay,
    one_of,
)
from shared.http.date_range import LocalDate


def _without_duplicates(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


Kinds = Annotated[list[Kind], Field(min_length=1, max_length=13), AfterValidator(_without_duplicates)]


class ReminderTimes(RequestModel):
    """Local times by slot. A slot that is left out keeps its time."""

    morning: TimeOfDay = OMITTABLE
    afternoon: TimeOfDay = OMITTABLE
    evening: TimeOfDay = OMITTABLE


def _read_reminders(value: object, read_times: ValidatorFunctionWrapHandler) -> object:
    if value is False:
        return value
    if not isinstance(value, dict | ReminderTimes):
        raise RuleBroken("must be a JSON object, in {{}}, or false")
    return read_times(value)


def _times_or_false(source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Validates everything but `false` as `ReminderTimes`, so that errors carry the path of the field in the body."""
    return no_info_wrap_validator_function(
        _read_reminders,
        handler(ReminderTimes),
        json_schema_input_schema=handler(source),
    )


Reminders = Annotated[ReminderTimes | Literal[False], GetPydanticSchema(_times_or_false)]


class PlanDraft(RequestModel):
    """A target or a journey. Fields that are given take precedence over those of the journey."""

    current: MoodName = OMITTABLE
    target: TargetMood = OMITTABLE
    duration: Annotated[int, Field(ge=MIN_DAYS, le=MAX_DAYS)] = OMITTABLE
    start_date: LocalDate = OMITTABLE
    per_day: Annotated[int, Field(ge=1, le=MAX_PER_DAY)] = OMITTABLE
    minutes_per_day: Annotated[int, Field(ge=5, le=480)] = OMITTABLE
    kinds: Kinds = OMITTABLE
    reminders: Reminders = OMITTABLE
    journey: Annotated[Text, Field(min_length=1, max_length=60)] = OMITTABLE
    reminder_trial: bool = False

    @model_validator(mode="after")
    def _names_a_target(self) -> Self:
        if not (self.target or self.journey):
            raise RuleBroken("name a target or a journey")
        return self


class PlanChange(ChangeModel):
    status: Literal["active", "paused", "ended"] = OMITTABLE
    reminders: Reminders = OMITTABLE


class ActivityChange(RequestModel):
    status: Literal["done", "skipped"]
    mood_after: MoodName | None = None


class ChartQuery(RequestModel):
    theme: Literal["light", "dark"] = "light"


PlanStatus = Annotated[str, one_of("active", "paused", "ended")]
ActivityStatus = Annotated[str, one_of("planned", "done", "skipped", "missed", "cancelled")]


class Reason(TypedDict):
    code: str
    label: str
    detail: str
    insight_id: NotRequired[str]  # of the insight that it comes from


class ActivitySummary(TypedDict):
    # A typed dictionary, not a model: a plan has up to 150 of them.

    activity_id: UUID
    content_id: UUID
    title: str
    kind: StoredKind
    minutes: int
    slot: Annotated[str, one_of(*SLOTS)]
    local_time: str
    status: ActivityStatus
    why: str
    reasons: list[Reason]


class Activity(ActivitySummary):
    """With the content as it is now, or nulls if it was deleted."""

    mood_after: StoredMood | None
    body: str | None
    url: str | None
    image_url: str | None
    attribution: str | None


class ActivityResponse(RootModel[Activity]):
    model_config = ConfigDict(defer_build=True)


class DayPreview(TypedDict):
    day: int
    date: date
    target: StoredMood
    activities: list[ActivitySummary]


class Day(TypedDict):
    day: int
    date: date
    target: StoredMood
    activities: list[Activity]


class PlanPreview(TypedDict):
    days: list[DayPreview]


class PlanCreated(ResponseModel):
    """A plan that is made in a care period begins paused, and `message` says so."""

    plan_id: UUID
    status: PlanStatus
    message: str | None
    activities_total: int
    preview: PlanPreview
    relaxed_rules: list[Reason]


class PlanSummary(ResponseModel):
    plan_id: UUID
    status: PlanStatus
    current: StoredMood
    target: StoredMood
    duration: int
    per_day: int
    minutes_per_day: int | None
    kinds: list[StoredKind] | None
    journey: str | None
    start_date: date
    last_date: date
    paused_on: date | None
    reminders: dict[str, str] | Literal[False]
    reminder_trial: bool
    created_at: datetime
    ended_at: datetime | None
    activities_total: int
    activities_done: int


class PlanPage(ResponseModel):
    items: list[PlanSummary]
    next_cursor: str | None


class Plan(PlanSummary):
    days: list[Day]


class Today(ResponseModel):
    plan_id: UUID
    day: int
    days_total: int
    date: date
    target: StoredMood
    activities: list[Activity]


class CalendarLink(ResponseModel):
    url: str


class Journey(ResponseModel):
    id: str
    name: str
    about: str
    current: StoredMood
    target: StoredMood
    duration: int
    per_day: int
    kinds: list[StoredKind]


class Journeys(ResponseModel):
    items: list[Journey]
    next_cursor: str | None


class Adherence(ResponseModel):
    done: int
    skipped: int
    missed: int
    planned: int
    share: float | None  # done, of what was due


class ArcDay(ResponseModel):
    """Distances from the target at the end of a day: planned at first, adjusted since, and by the day's moods."""

    day: int
    date: date
    planned_distance: float
    adjusted_distance: float
    actual_distance: float | None


class ChangedDay(ResponseModel):
    """A day with a new target or a new date."""

    day: int
    previous_date: date
    previous_target: StoredMood
    date: date
    target: StoredMood


class Change(ResponseModel):
    reason: str
    message: str
    date: date
    changed_at: datetime
    days: list[ChangedDay]


class Effect(ResponseModel):
    """Moods during the plan less the moods expected without it, with the 95 % interval."""

    verdict: Verdict
    text: str
    mean: float | None
    low: float | None
    high: float | None
    days: int
    n_effective: float | None
    missing: dict[str, int]


class ReminderEffect(ResponseModel):
    """The share done on days with reminders less the share on days without, with the 95 % interval."""

    difference: float
    standard_error: float
    low: float
    high: float
    days_with_reminders: int
    days_without_reminders: int


class Review(ResponseModel):
    title: str
    body: str
    figures: dict[str, float | int | str | None]


class Progress(ResponseModel):
    plan_id: UUID
    status: PlanStatus
    adherence: Adherence
    arc: list[ArcDay]
    changes: list[Change]
    effect: Effect
    reminder_effect: ReminderEffect | None = None  # absent without a reminder trial, null while there are too few days
    review: Review | None = None  # absent until the plan has ended
