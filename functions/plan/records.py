"""Rows of the plan tables. The fields are the columns that are read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple
from uuid import UUID

from functions.plan.rules.adjustments import ChangeDetails
from functions.plan.rules.reasons import StoredReason
from functions.plan.rules.slots import Slot, parsed_times
from shared.people import Clock


class ActivityCountRow(NamedTuple):
    plan_id: UUID
    total: int
    done: int


class PlanRow(NamedTuple):
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
    reminders_enabled: bool
    reminder_trial: bool
    next_day_starts_at: datetime
    created_at: datetime
    ended_at: datetime | None

    @property
    def times(self) -> dict[Slot, time]:
        return parsed_times(self.slot_times)


class PausedPlan(NamedTuple):
    id: UUID
    reason: str  # the code of the change that paused it


class DayRow(NamedTuple):
    day: int
    local_date: date
    from_mood: str
    target: str
    valence: float
    arousal: float
    has_reminders: bool
    propensity: float


class ActivityRow(NamedTuple):
    id: UUID
    day: int
    position: int
    slot: Slot
    local_time: time
    content_id: UUID
    content_version: int
    title: str
    kind: str
    minutes: int
    reasons: Sequence[StoredReason]
    status: str = "planned"
    mood_after: str | None = None
    finished_at: datetime | None = None
    sequence: int = 0
    changed_at: datetime | None = None
    body: str | None = None
    url: str | None = None
    image_url: str | None = None
    attribution: str | None = None
    needs_open_place: bool = False


class MoodRow(NamedTuple):
    mood: str
    intensity: int
    occurred_at: datetime
    timezone: str
    local_date: date


class ChangeRow(NamedTuple):
    reason: str
    details: ChangeDetails
    from_date: date
    changed_at: datetime
    days: Sequence[Mapping[str, object]] = ()  # the days with a new target or date


class PlanRecord(NamedTuple):
    """A plan with its days and activities, and the person's clock and locale."""

    plan: PlanRow
    clock: Clock
    days: tuple[DayRow, ...]
    activities: tuple[ActivityRow, ...]
    locale: str = "en"


def not_cancelled(activities: Iterable[ActivityRow]) -> Iterator[ActivityRow]:
    return (activity for activity in activities if activity.status != "cancelled")


def activities_by_day(record: PlanRecord) -> Iterator[tuple[DayRow, list[ActivityRow]]]:
    """Each day with its activities, without cancelled ones."""
    activities: dict[int, list[ActivityRow]] = {day.day: [] for day in record.days}
    for activity in not_cancelled(record.activities):
        activities[activity.day].append(activity)
    return ((day, activities[day.day]) for day in record.days)
