"""Streaks: runs of local dates with an entry. Only a full local date without one ends a streak.

`mend.count_streak` counts all entries.
"""

from dataclasses import dataclass
from datetime import date, timedelta

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


def extend(count: StreakCount, day: date) -> StreakCount | None:
    """The count with one more date. None for a date before the last one: that needs all entries."""
    if day == count.last_day:
        return count
    if count.last_day and day < count.last_day:
        return None
    current = count.current + 1 if count.last_day == day - _DAY else 1
    return StreakCount(current, max(current, count.longest), day)


def streak_on(count: StreakCount, today: date) -> StreakToday:
    """The streak as of a date. `last_day` may lie after it: dates differ between zones."""
    last_day = count.last_day or date.min
    alive = last_day >= today - _DAY
    return StreakToday(count.current if alive else 0, count.longest, last_day >= today)
