"""A plan as Postgres keeps it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple
from uuid import UUID

from functions.plan.models import ReasonShown
from functions.plan.rules.slots import SLOTS, Slot
from shared.people import Clock


class Context(NamedTuple):
    """What a new plan must know of the person beforehand."""

    clock: Clock
    has_active: bool


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
    clock: Clock

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
    reasons: list[ReasonShown]
    status: str = "planned"
    mood_after: str | None = None
    finished_at: datetime | None = None
    sequence: int = 0
    changed_at: datetime | None = None
    body: str | None = None
    url: str | None = None
    image_url: str | None = None
    attribution: str | None = None


CHOSEN = Activity._fields[: Activity._fields.index("status")]  # all that is known of it when it is chosen


class Course(NamedTuple):
    """A plan with all that belongs to it."""

    plan: Plan
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
