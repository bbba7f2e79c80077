"""Runs of days with a check-in. A run ends in one way only: a whole local day goes by without one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.clock import local_day

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Streak:
    """What is stored: the run that ends on `last_day`, and the longest there ever was."""

    current: int = 0
    longest: int = 0
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class StreakView:
    current: int
    longest: int
    checked_in_today: bool


class Entry(NamedTuple):
    occurred_at: datetime
    zone: ZoneInfo
    day: date


def extended(streak: Streak, day: date) -> Streak | None:
    """The streak with one more day, or None for a day before the last: only all the days can tell then."""
    if day == streak.last_day:
        return streak
    if streak.last_day and day < streak.last_day:
        return None
    current = streak.current + 1 if streak.last_day == day - _DAY else 1
    return Streak(current, max(current, streak.longest), day)


def from_days(days: Iterable[date]) -> Streak:
    ordinals = sorted({day.toordinal() for day in days})
    current = longest = last = 0
    for ordinal in ordinals:
        current = current + 1 if ordinal == last + 1 else 1
        longest = max(longest, current)
        last = ordinal
    return Streak(current, longest, date.fromordinal(last)) if last else Streak()


def seen_on(streak: Streak, today: date) -> StreakView:
    """A run lives until today is over. The last day may lie ahead of today: dates differ along the way."""
    last_day = streak.last_day or date.min
    alive = last_day >= today - _DAY
    return StreakView(streak.current if alive else 0, streak.longest, last_day >= today)


def days_covered(entries: Sequence[Entry], zone: ZoneInfo, day_starts_at: time) -> Iterator[date]:
    """The days that entries, oldest first, stand for, given the clock the person lives by now.

    A flight west over the date line drops a date on which nobody could check in, and so can a day set to
    start earlier. So an entry stands for its own day through to the day it was where the next one was made.
    """
    zones = [*(entry.zone for entry in entries), zone]
    for entry, next_zone in zip(entries, zones[1:], strict=True):
        carried = (local_day(entry.occurred_at, next_zone, day_starts_at) - entry.day).days
        yield from (entry.day + _DAY * passed for passed in range(max(carried, 0) + 1))
