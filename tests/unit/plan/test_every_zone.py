"""A plan's day turns once a local day, in every zone, for five years."""

from datetime import date, time, timedelta

import pytest

from shared.clock import zone
from shared.people import Clock
from tests.unit.zones import unlike

DAY = timedelta(days=1)
FIRST, LAST = date(2026, 1, 1), date(2030, 12, 31)


@pytest.mark.parametrize("day_starts_at", [time(0), time(4)], ids=["midnight", "four"])
def test_each_local_day_of_a_plan_happens_once_in_every_zone(day_starts_at: time) -> None:
    """From one turn to the next it is one day later: none twice, none not at all, whatever the clocks do."""
    for name in unlike():
        clock = Clock(zone(name), day_starts_at)
        now, today = clock.day_start(FIRST), FIRST
        while today < LAST:
            turn = clock.next_day_start(now, FIRST)
            assert turn > now, (name, today)
            assert clock.today(turn) == today + DAY, (name, today)
            now, today = turn, today + DAY
    assert len(unlike()) > 60
