"""Whether to tell a person what was planned for them, and when: rules alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from functions.notify.kinds import KINDS
from shared.clock import at_wall_time, day_bounds, local_day

DAY = timedelta(days=1)
GRACE = timedelta(minutes=15)  # what was due in the last minutes of a day finds its tick after midnight

State: TypeAlias = Literal["planned", "held", "sending", "sent", "dropped"]


@dataclass(frozen=True, slots=True)
class Intent:
    id: UUID
    kind: str
    local_date: date
    local_time: time
    slot: str
    source_id: UUID | None
    data: Mapping[str, JsonValue]
    tries: int
    is_open: bool  # neither has it been read, nor what it reminds of been done


@dataclass(frozen=True, slots=True)
class Wishes:
    channels: frozenset[str]
    kinds: frozenset[str]
    quiet: tuple[time, time] | None
    max_per_day: int


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    tz: ZoneInfo
    day_starts_at: time
    locale: str
    streaks_enabled: bool
    wishes: Wishes
    silent_until: datetime | None
    checked_in: frozenset[date]
    told: Mapping[date, int]  # messages on each day
    devices: tuple[str, ...]
    email: str | None

    def can_be_reached(self, kind: str) -> bool:
        """What concerns the account itself reaches those as well who want no mail."""
        channel = KINDS[kind].outward
        wanted = kind == "account" or channel in self.wishes.channels
        return wanted and bool(self.devices if channel == "push" else self.email)


class Decision(NamedTuple):
    intent: Intent
    state: State
    why: str | None = None
    due_at: datetime | None = None  # to be looked at again then
    told_with: UUID | None = None


def judge(intents: Iterable[Intent], person: Person, now: datetime) -> list[Decision]:
    """What becomes of all that is due for a person: what goes out on one channel goes out as one message."""
    decisions = [_alone(intent, person, now) for intent in intents]
    wanted = sorted((d.intent for d in decisions if d.state == "sending"), key=lambda intent: KINDS[intent.kind].rank)
    groups: dict[object, list[Intent]] = {}
    for intent in wanted:
        groups.setdefault(intent.id if intent.kind == "account" else KINDS[intent.kind].outward, []).append(intent)
    left = person.wishes.max_per_day - person.told.get(local_day(now, person.tz, person.day_starts_at), 0)
    together: list[Decision] = []
    for group in groups.values():
        together += _together(group, person, left=left)
        left -= group[0].kind != "account"
    return [d for d in decisions if d.state != "sending"] + together


def _together(group: Sequence[Intent], person: Person, *, left: int) -> list[Decision]:
    first, *others = group
    if left <= 0 and first.kind != "account":
        return [Decision(intent, "dropped", "cap") for intent in group]
    if person.can_be_reached(first.kind):
        return [Decision(first, "sending"), *(Decision(intent, "sending", told_with=first.id) for intent in others)]
    if "in_app" in person.wishes.channels:
        return [Decision(first, "sent"), *(Decision(intent, "sent", told_with=first.id) for intent in others)]
    return [Decision(intent, "dropped", "unreachable") for intent in group]


def _alone(intent: Intent, person: Person, now: datetime) -> Decision:
    planned_at = at_wall_time(intent.local_date, intent.local_time, person.tz)
    if planned_at > now:
        return Decision(intent, "planned", due_at=planned_at)
    ends = useful_until(intent, person)
    if now >= max(ends, planned_at + GRACE):
        return Decision(intent, "dropped", "late")
    if why := _unwanted(intent, person, now):
        return Decision(intent, "dropped", why)
    quiet_ends = _quiet_until(person, now) if intent.kind != "account" else None
    if quiet_ends is None:
        return Decision(intent, "sending")
    if quiet_ends < ends:
        return Decision(intent, "held", "quiet", quiet_ends)
    return Decision(intent, "dropped", "quiet")


def useful_until(intent: Intent, person: Person) -> datetime:
    """The end of the person's day; of what is news, a later one."""
    last = _day_of(intent, person) + DAY * (KINDS[intent.kind].days_of_use - 1)
    return day_bounds(last, person.tz, person.day_starts_at)[1]


def days_checked_in(intent: Intent, person: Person) -> int:
    """Of the seven that a weekly summary looks back on."""
    return len(person.checked_in & {intent.local_date - DAY * back for back in range(7)})


def _unwanted(intent: Intent, person: Person, now: datetime) -> str | None:
    if intent.kind == "account":
        return None
    if person.silent_until and now < person.silent_until:
        return "silence"
    if intent.kind not in person.wishes.kinds or (intent.kind == "streak" and not person.streaks_enabled):
        return "off"
    if not intent.is_open or (intent.kind == "check_in" and _day_of(intent, person) in person.checked_in):
        return "done"
    if intent.kind == "weekly_summary" and not days_checked_in(intent, person):
        return "empty"
    return None


def _day_of(intent: Intent, person: Person) -> date:
    planned_at = at_wall_time(intent.local_date, intent.local_time, person.tz)
    return local_day(planned_at, person.tz, person.day_starts_at)


def _quiet_until(person: Person, now: datetime) -> datetime | None:
    """The end of the quiet hours that it is in, if it is. Between instants: an hour that comes twice ends once."""
    if person.wishes.quiet is None:
        return None
    begins, ends = person.wishes.quiet
    today = now.astimezone(person.tz).date()
    for day in (today - DAY, today):
        until = at_wall_time(day if begins < ends else day + DAY, ends, person.tz)
        if at_wall_time(day, begins, person.tz) <= now < until:
            return until
    return None
