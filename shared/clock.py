"""The only clock of all processes, time zones, and conversion between instants and local days."""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from time import time_ns  # noqa: TID251 - this is the one clock
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

from shared.settings import settings

# Time zone rules come from the pinned tzdata package only. By default the host's files take precedence: their version
# differs between machines, they contain names that are no place ("localtime"), and listing them takes 30 ms.
reset_tzpath(to=())

NANOSECONDS = 1_000_000_000
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
# Zones that stand for offsets: of whole hours, whose names count westwards, and of places that have others.
_ZONES_OF_OFFSETS = (
    *(f"Etc/GMT{hours:+d}" for hours in range(-14, 13)),
    *("Asia/Kolkata", "Asia/Kathmandu", "Asia/Yangon", "Asia/Kabul", "Asia/Tehran", "America/St_Johns"),
    *("Australia/Darwin", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Eucla"),
    *("Pacific/Chatham", "Pacific/Marquesas"),
)


class UnknownZone(ValueError):
    pass


def utc_now() -> datetime:
    """The machine's time plus the setting `CLOCK_OFFSET`. Every decision about time uses this clock."""
    return datetime.now(UTC) + timedelta(seconds=settings().clock_offset)  # noqa: TID251 - the same


def unix_nanoseconds() -> int:
    """The same instant as `utc_now`, to the nanosecond."""
    return time_ns() + settings().clock_offset * NANOSECONDS


@cache
def zone(name: str) -> ZoneInfo:
    if name not in _zone_names():
        raise UnknownZone("Not the name of an IANA time zone, like Europe/Berlin.")
    return ZoneInfo(name)


def zone_of_offset(moment: datetime) -> ZoneInfo | None:
    """A zone whose offset at this moment is the one that it is written with. None for an offset of no place."""
    offset = moment.utcoffset()
    zones = map(zone, _ZONES_OF_OFFSETS)
    return next((tz for tz in zones if moment.astimezone(tz).utcoffset() == offset), None)


@cache
def _zone_names() -> set[str]:
    return available_timezones() - {"Factory"}  # tzdata's placeholder for an unconfigured machine


def local_day(instant: datetime, tz: ZoneInfo, day_starts_at: time) -> date:
    """The person's local date at an instant.

    Postgres, with the same version of the rules, computes the same by ((ts at time zone tz) - day_starts_at)::date.
    """
    return (instant.astimezone(tz) - _since_midnight(day_starts_at)).date()


def day_bounds(day: date, tz: ZoneInfo, day_starts_at: time) -> tuple[datetime, datetime]:
    """The instants at which a day and the next one begin. Days never overlap and leave no gap.

    An instant within the bounds has that day as its `local_day`, with one exception: if clocks are set back across the
    start of a day, `local_day` returns the day before for the repeated minutes, which are within the new day.
    """
    return at_wall_time(day, day_starts_at, tz), at_wall_time(day + _DAY, day_starts_at, tz)


def at_wall_time(day: date, wall: time, tz: ZoneInfo) -> datetime:
    """The first instant, in UTC, at which a wall clock shows this time on this day, or has skipped it.

    In UTC, because Python considers a repeated local time unequal to every instant of another zone.
    """
    local = datetime.combine(day, wall.replace(fold=0), tz)
    instant = local.astimezone(UTC)
    # Within one zone Python subtracts and compares wall times. A skipped time comes back from UTC later by the width of
    # the gap, so the clock change is within that width before it. Binary search finds its second.
    skipped = instant.astimezone(tz) - local
    before = instant - skipped
    gap = range(skipped // _SECOND)
    return before + _SECOND * bisect_left(gap, local, key=lambda seconds: (before + _SECOND * seconds).astimezone(tz))


def _since_midnight(wall: time) -> timedelta:
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
