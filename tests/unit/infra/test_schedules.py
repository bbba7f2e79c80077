"""When the local stack ticks, and what a tick is."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.local.schedules import next_ticks
from infra.registry import registry
from shared.events import tick

SCHEDULES = {"minute": "* * * * *", "nightly": "20 3 * * *"}
LATE = datetime(2026, 11, 21, 3, 18, 59, 999_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "at", "due"),
    [
        (LATE, datetime(2026, 11, 21, 3, 19, tzinfo=UTC), ["minute"]),
        (LATE + timedelta(minutes=1), datetime(2026, 11, 21, 3, 20, tzinfo=UTC), ["minute", "nightly"]),
        (LATE + timedelta(minutes=2), datetime(2026, 11, 21, 3, 21, tzinfo=UTC), ["minute"]),
    ],
)
def test_the_next_tick_is_that_of_all_schedules_due_first(after: datetime, at: datetime, due: list[str]) -> None:
    assert next_ticks(SCHEDULES, after) == (at, due)


def test_expired_rows_are_swept_every_hour() -> None:
    """Rate-limit counters of many addresses would otherwise pile up for a day."""
    retention = {"retention": registry().schedules["retention"]}
    first, _ = next_ticks(retention, LATE)
    second, _ = next_ticks(retention, first)

    assert second - first == timedelta(hours=1)


def test_whoever_makes_a_tick_makes_the_same_event() -> None:
    """Two stacks, or a stack and a retried Cloud Scheduler, fire once for a minute."""
    minute = datetime(2026, 11, 21, 3, 20, tzinfo=UTC)

    assert tick("schedule.nightly", minute) == tick("schedule.nightly", minute + timedelta(seconds=59))
    assert tick("schedule.nightly", minute).id != tick("schedule.nightly", minute + timedelta(minutes=1)).id
    assert tick("schedule.nightly", minute).id != tick("schedule.relay", minute).id
    assert tick("schedule.nightly", minute).occurred_at == minute
