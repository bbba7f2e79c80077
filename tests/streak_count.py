"""The streak of a list of entries, counted in the plainest way: what `mend.count_streak` has to return."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from functions.checkin.rules.streak_days import StreakCount
from shared.clock import local_day

_DAY = timedelta(days=1)


class EntryTime(NamedTuple):
    """When an entry took place, in which zone, and the local date it got."""

    occurred_at: datetime
    zone: ZoneInfo
    local_date: date


def count_days(days: Iterable[date]) -> StreakCount:
    """The count of all these dates, in any order and with any repeats."""
    ordinals = sorted({day.toordinal() for day in days})
    current = longest = last = 0
    for ordinal in ordinals:
        current = current + 1 if ordinal == last + 1 else 1
        longest = max(longest, current)
        last = ordinal
    return StreakCount(current, longest, date.fromordinal(last)) if last else StreakCount()


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
