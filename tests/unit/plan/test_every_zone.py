"""A plan's day turns once a local day, in every zone, for five years."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import available_timezones

import pytest

from shared.clock import zone
from shared.people import Clock

DAY = timedelta(days=1)
FIRST, LAST = date(2026, 1, 1), date(2030, 12, 31)
NAMES = sorted(available_timezones() - {"Factory"})


NOONS = [datetime(2026, 1, 1, 12, tzinfo=UTC) + DAY * number for number in range(5 * 365)]
QUARTERS = [timedelta(minutes=15) * number for number in range(96)]


def rules(name: str) -> tuple[timedelta | None, ...]:
    """How far its clocks are ahead every noon, and every quarter of an hour of the days on which they change."""
    offsets = [noon.astimezone(zone(name)).utcoffset() for noon in NOONS]
    changes = [noon for noon, (before, after) in zip(NOONS, pairwise(offsets), strict=False) if before != after]
    near = [(noon + quarter).astimezone(zone(name)).utcoffset() for noon in changes for quarter in QUARTERS]
    return *offsets, *near


@pytest.mark.parametrize("day_starts_at", [time(0), time(4)], ids=["midnight", "four"])
def test_each_local_day_of_a_plan_happens_once_in_every_zone(day_starts_at: time) -> None:
    """From one turn to the next it is one day later: none twice, none not at all, whatever the clocks do."""
    names = {rules(name): name for name in NAMES}.values()  # many names stand for the same
    for name in names:
        clock = Clock(zone(name), day_starts_at)
        now, today = clock.begins(FIRST), FIRST
        while today < LAST:
            turn = clock.next_turn(now, FIRST)
            assert turn > now, (name, today)
            assert clock.today(turn) == today + DAY, (name, today)
            now, today = turn, today + DAY
    assert len(names) > 60
