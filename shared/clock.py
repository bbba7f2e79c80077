"""The one clock; and zones, local days and the instants they stand for: what "today" means."""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from time import time_ns  # noqa: TID251 - this is the one clock
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

from shared.settings import settings

# Zone rules come from the pinned tzdata package alone. The host's own files would win otherwise: their age
# differs by machine, they know names of no place ("localtime"), and to list them walks the disk for 30 ms.
reset_tzpath(to=())

NANOSECONDS = 1_000_000_000
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class UnknownZone(ValueError):
    pass


def utc_now() -> datetime:
    """The machine's time, moved by the setting `CLOCK_OFFSET`. Whatever is decided by time is decided by this one."""
    return datetime.now(UTC) + timedelta(seconds=settings().clock_offset)  # noqa: TID251 - the same


def unix_nanoseconds() -> int:
    """The same instant as `utc_now`, to the nanosecond."""
    return time_ns() + settings().clock_offset * NANOSECONDS


@cache
def zone(name: str) -> ZoneInfo:
    if name not in _zone_names():
        raise UnknownZone("Not the name of an IANA time zone.")
    return ZoneInfo(name)


@cache
def _zone_names() -> set[str]:
    return available_timezones() - {"Factory"}  # the placeholder of a machine that was never set up


def local_day(instant: datetime, tz: ZoneInfo, day_starts_at: time) -> date:
    """The day the person would name.

    Postgres, where its zone rules are of the same age, agrees: ((ts at time zone tz) - day_starts_at)::date.
    """
    return (instant.astimezone(tz) - _since_midnight(day_starts_at)).date()


def day_bounds(day: date, tz: ZoneInfo, day_starts_at: time) -> tuple[datetime, datetime]:
    """Where a day begins and where the next one does: days tile time, whatever the clocks do.

    They hold what `local_day` names, but for one case: where clocks fall back across the very start of a day,
    the repeated minutes before it read as the day before once more, and lie within the day already begun.
    """
    return at_wall_time(day, day_starts_at, tz), at_wall_time(day + _DAY, day_starts_at, tz)


def at_wall_time(day: date, wall: time, tz: ZoneInfo) -> datetime:
    """The first instant at which the clock on the wall shows this time of this day, or has jumped past it.

    In UTC, since Python holds a repeated local time to be unequal to every instant of another zone.
    """
    wanted = datetime.combine(day, wall, tz)
    instant = wanted.astimezone(UTC)
    # Within one zone Python subtracts and compares what the clocks show. A time that was skipped does not
    # come back as itself but later by the width of the gap, so the jump lies within that width before it.
    skipped = instant.astimezone(tz) - wanted
    before = instant - skipped
    waits = range(skipped // _SECOND)
    return before + _SECOND * bisect_left(
        waits, wanted, key=lambda seconds: (before + _SECOND * seconds).astimezone(tz)
    )


def _since_midnight(wall: time) -> timedelta:
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
