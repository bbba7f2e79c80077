"""Plans as Postgres keeps them: the fields are the columns that are read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple, TypedDict
from uuid import UUID

from functions.plan.rules.slots import SLOTS, Slot
from shared.people import Clock


class Reason(TypedDict):
    """Why an activity stands where it does, in the words the person reads."""

    code: str
    label: str
    detail: str


class OwnedPlan(NamedTuple):
    user_id: UUID
    id: UUID


class TurningPlan(NamedTuple):
    turns_at: datetime
    id: UUID
    user_id: UUID


class ActivityCount(NamedTuple):
    plan_id: UUID
    total: int
    done: int


class Plan(NamedTuple):
    user_id: UUID
    id: UUID
    status: str
    current_mood: str
    target_mood: str
    duration: int
    per_day: int
    minutes_per_day: int | None
    kinds: Sequence[str] | None
    journey: str | None
    start_date: date
    last_date: date
    paused_on: date | None
    slot_times: dict[str, str]
    reminded: bool
    without_prompts: bool
    turns_at: datetime
    created_at: datetime
    ended_at: datetime | None

    @property
    def times(self) -> dict[Slot, time]:
        return {slot: time.fromisoformat(self.slot_times[slot]) for slot in SLOTS}


class Day(NamedTuple):
    day: int
    local_date: date
    leaving: str
    target: str
    valence: float
    arousal: float
    prompted: bool
    propensity: float


class Activity(NamedTuple):
    id: UUID
    day: int
    position: int
    slot: str
    local_time: time
    content_id: UUID
    content_version: int
    title: str
    kind: str
    minutes: int
    reasons: Sequence[Reason]
    status: str = "planned"
    mood_after: str | None = None
    finished_at: datetime | None = None
    sequence: int = 0
    changed_at: datetime | None = None
    body: str | None = None
    url: str | None = None
    image_url: str | None = None
    attribution: str | None = None


class Course(NamedTuple):
    """A plan with all that belongs to it, and the clock that its person lives by."""

    plan: Plan
    clock: Clock
    days: tuple[Day, ...]
    activities: tuple[Activity, ...]


class Felt(NamedTuple):
    mood: str
    intensity: int
    occurred_at: datetime
    timezone: str
    local_date: date


class Change(NamedTuple):
    reason: str
    told: str
    from_date: date
    changed_at: datetime
    days: Sequence[Mapping[str, object]] = ()  # that lead elsewhere or have moved


def standing(activities: Iterable[Activity]) -> Iterator[Activity]:
    """Those that were not replaced or called off."""
    return (activity for activity in activities if activity.status != "cancelled")


def by_day(course: Course) -> Iterator[tuple[Day, list[Activity]]]:
    activities: dict[int, list[Activity]] = {day.day: [] for day in course.days}
    for activity in standing(course.activities):
        activities[activity.day].append(activity)
    return ((day, activities[day.day]) for day in course.days)
