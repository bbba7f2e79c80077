"""In every zone, around every change of its clocks for five years, a reminder is sent once, on its day, not early."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, dates, integers, lists, sampled_from, times, tuples

from functions.notify import reminder_schedule
from functions.notify.rules.decisions import GRACE, DueNotification, Recipient, decide, expiry
from shared.clock import at_wall_time, local_day, zone
from shared.notifications import Reminder
from tests.unit.notify.recipients import a_notification, recipient_with
from tests.unit.zones import NAMES, unlike

DAY = timedelta(days=1)
TICK = timedelta(minutes=5)
TIMES = (time(0), time(0, 30), time(1, 45), time(2, 30), time(3), time(20), time(23, 58))
ALWAYS = recipient_with(quiet_hours=None)


def next_tick(instant: datetime) -> datetime:
    """The first of the five-minute ticks at or after an instant."""
    return datetime.fromtimestamp(-(-instant.timestamp() // TICK.total_seconds()) * TICK.total_seconds(), UTC)


def critical_days(tz: ZoneInfo) -> Iterator[date]:
    """The days around each change of the clocks, and the first of each month."""
    noons = [datetime(2026, 1, 1, 12, tzinfo=UTC) + number * DAY for number in range(5 * 365)]
    local = [noon.astimezone(tz) for noon in noons]
    for before, after in pairwise(local):
        if before.utcoffset() != after.utcoffset():
            yield from (before.date() + number * DAY for number in range(-1, 3))
        if after.day == 1:
            yield after.date()


def sending_ticks(notification: DueNotification, recipient: Recipient, first: datetime, ticks: int) -> list[datetime]:
    """The ticks, one every five minutes, that send the notification."""
    due_at, state, moments = first, "planned", []
    for number in range(ticks):
        now = first + number * TICK
        if state in {"planned", "held"} and due_at <= now:
            [decision] = decide([notification], recipient, now)
            state, due_at = decision.state, decision.due_at or due_at
            moments += [now] if state == "leased" else []
    return moments


@pytest.mark.slow
@pytest.mark.parametrize("third", range(3))
def test_the_first_tick_after_its_time_sends_a_reminder_in_every_zone(third: int) -> None:
    """No day is missed when clocks change, and nothing is sent before its local time."""
    cases = 0
    for tz in map(zone, unlike()[third::3]):
        recipient = replace(ALWAYS, tz=tz)
        for day in critical_days(tz):
            for local_time in TIMES:
                notification = a_notification(local_date=day, local_time=local_time)
                due = at_wall_time(day, local_time, tz)
                tick = next_tick(due)
                early = decide([notification], recipient, due - timedelta(seconds=1))
                on_time = decide([notification], recipient, tick)

                assert [(d.state, d.due_at) for d in early] == [("planned", due)]
                assert [d.state for d in on_time] == ["leased"]
                assert tick < max(expiry(notification, recipient), due + GRACE)
                assert (due.astimezone(tz).date(), due.astimezone(tz).time()) >= (day, local_time)
                cases += 1

    assert cases > 5_000


@given(
    name=sampled_from(NAMES),
    day=dates(date(2026, 1, 1), date(2030, 12, 31)),
    local_time=times().map(lambda at: at.replace(second=0, microsecond=0)),
    starts=sampled_from([time(0), time(4), time(12)]),
    quiet=sampled_from([None, (time(22), time(7)), (time(1), time(2, 30)), (time(13), time(14))]),
    late=integers(0, 40),
)
def test_late_ticks_send_a_reminder_at_most_once(  # noqa: PLR0913, PLR0917 - what can vary
    name: str, day: date, local_time: time, starts: time, quiet: tuple[time, time] | None, late: int
) -> None:
    """It is sent before it expires. Without quiet hours it is always sent, unless it has expired."""
    recipient = replace(recipient_with(quiet_hours=quiet), tz=zone(name), day_starts_at=starts)
    notification = a_notification(local_date=day, local_time=local_time)
    due = at_wall_time(day, local_time, recipient.tz)
    first = next_tick(due) + late * TICK

    moments = sending_ticks(notification, recipient, first, ticks=12 * 30)

    assert len(moments) <= 1
    for moment in moments:
        assert moment < max(expiry(notification, recipient), due + GRACE)
        assert local_day(due, recipient.tz, starts) in {
            local_day(moment, recipient.tz, starts), local_day(moment - GRACE, recipient.tz, starts)
        }  # fmt: skip
    if quiet is None:
        assert len(moments) == (first < max(expiry(notification, recipient), due + GRACE))


@given(
    name=sampled_from(NAMES),
    start=dates(date(2026, 1, 1), date(2030, 12, 1)),
    times_of_day=lists(sampled_from(TIMES), min_size=1, max_size=3, unique=True),
    runs=lists(tuples(integers(1, 30), booleans()), min_size=1, max_size=12),
)
def test_every_time_of_the_next_days_has_one_reminder(
    name: str, start: date, times_of_day: list[time], runs: list[tuple[int, bool]]
) -> None:
    """This holds for today and the next two days, even if the job runs late or twice."""
    tz = zone(name)
    began = now = datetime.combine(start, time(9), tz).astimezone(UTC)
    since = now
    keys: dict[tuple[str, date, str], Reminder] = {}
    for hours, doubled in [(0, False), *runs]:
        now += timedelta(hours=hours)
        for _ in range(1 + doubled):
            for reminder in reminder_schedule.next_reminders(times_of_day, tz, now, weekly=True, after=since):
                keys.setdefault((reminder.kind, reminder.local_date, reminder.slot), reminder)
        since = now

    last = now.astimezone(tz).date() + 2 * DAY
    days = [start + number * DAY for number in range((last - start).days + 1)]
    expected = {
        ("check_in", day, f"{local_time:%H:%M}")
        for day in days
        for local_time in times_of_day
        if at_wall_time(day, local_time, tz) > began
    }
    assert {key for key in keys if key[0] == "check_in"} == expected
    assert {key[1] for key in keys if key[0] == "weekly_summary"} == {day for day in days if day.weekday() == 0}
