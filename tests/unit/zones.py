"""All time zones, one name for each set of rules: other names with the same rules change clocks on the same nights."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import available_timezones

from shared.clock import zone

NAMES = sorted(available_timezones() - {"Factory"})
NOONS = [datetime(2025, 1, 1, 12, tzinfo=UTC) + timedelta(days=number) for number in range(6 * 365 + 2)]
QUARTERS = [timedelta(minutes=15) * number for number in range(96)]


@cache
def unlike() -> list[str]:
    """Names of zones of which no two have the same clocks from 2025 to 2030."""
    return sorted({_rules(name): name for name in NAMES}.values())


def _rules(name: str) -> tuple[timedelta | None, ...]:
    """How far its clocks are ahead every noon, and every quarter of an hour of the days on which they change."""
    offsets = [noon.astimezone(zone(name)).utcoffset() for noon in NOONS]
    changes = [noon for noon, (before, after) in zip(NOONS, pairwise(offsets), strict=False) if before != after]
    near = [(noon + quarter).astimezone(zone(name)).utcoffset() for noon in changes for quarter in QUARTERS]
    return *offsets, *near
