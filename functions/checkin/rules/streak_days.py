"""Counts streaks: runs of local dates with an entry. Only a full local date without one ends a streak."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.clock import local_day

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StreakCount:
    """The run that ends on `last_day`, and the longest run ever. This is what Postgres stores."""

    current: int = 0
    longest: int = 0
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class StreakToday:
    """A `StreakCount` as of one date: `current` is 0 if the run is over."""

    current: int
    longest: int
    checked_in_today: bool


class EntryTime(NamedTuple):
    """When an entry took place, in which zone, and the local date it got."""

    occurred_at: datetime
    zone: ZoneInfo
    local_date: date


def extend(count: StreakCount, day: date) -> StreakCount | None:
    """The count with one more date. None for a date before the last one: that needs all dates."""
    if day == count.last_day:
        return count
    if count.last_day and day < count.last_day:
        return None
    current = count.current + 1 if count.last_day == day - _DAY else 1
    return StreakCount(current, max(current, count.longest), day)


def count_days(days: Iterable[date]) -> StreakCount:
    """The count of all these dates, in any order and with any repeats."""
    ordinals = sorted({day.toordinal() for day in days})
    current = longest = last = 0
    for ordinal in ordinals:
        current = current + 1 if ordinal == last + 1 else 1
        longest = max(longest, current)
        last = ordinal
    return StreakCount(current, longest, date.fromordinal(last)) if last else StreakCount()


def streak_on(count: StreakCount, today: date) -> StreakToday:
    """The streak as of a date. `last_day` may lie after it: dates differ between zones."""
    last_day = count.last_day or date.min
    alive = last_day >= today - _DAY
    return StreakToday(count.current if alive else 0, count.longest, last_day >= today)


def covered_days(entries: Sequence[EntryTime], zone: ZoneInfo, day_starts_at: time) -> Iterator[date]:
    """The dates that entries, oldest first, count for, given the person's present clock.

    A flight west over the date line skips a date on which nobody could check in, and so can an earlier start of the
    day. An entry therefore counts for its own date and for every date up to the one that it has in the zone of the
    next entry.
    """
    zones = [*(entry.zone for entry in entries), zone]
    for entry, next_zone in zip(entries, zones[1:], strict=True):
        skipped = (local_day(entry.occurred_at, next_zone, day_starts_at) - entry.local_date).days
        yield from (entry.local_date + _DAY * offset for offset in range(max(skipped, 0) + 1))
