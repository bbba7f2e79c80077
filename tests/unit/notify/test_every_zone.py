"""Every zone, its nights when clocks change and days between, for five years: once a day, on its day, not too early."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, dates, integers, lists, sampled_from, times, tuples

from functions.notify import reminder_schedule
from functions.notify.rules.decisions import GRACE, Intent, Person, judge, useful_until
from shared.clock import at_wall_time, local_day, zone
from shared.notifications import Reminder
from tests.unit.notify.people import intent, who_wants
from tests.unit.zones import NAMES, unlike

DAY = timedelta(days=1)
TICK = timedelta(minutes=5)
WALLS = (time(0), time(0, 30), time(1, 45), time(2, 30), time(3), time(20), time(23, 58))
ALWAYS = who_wants(quiet=None)


def tick_after(instant: datetime) -> datetime:
    """The first of the five-minute ticks that is not before it."""
    return datetime.fromtimestamp(-(-instant.timestamp() // TICK.total_seconds()) * TICK.total_seconds(), UTC)


def days_worth_a_look(tz: ZoneInfo) -> Iterator[date]:
    """Around each change of the clocks, and the first of each month."""
    noons = [datetime(2026, 1, 1, 12, tzinfo=UTC) + number * DAY for number in range(5 * 365)]
    local = [noon.astimezone(tz) for noon in noons]
    for before, after in pairwise(local):
        if before.utcoffset() != after.utcoffset():
            yield from (before.date() + number * DAY for number in range(-1, 3))
        if after.day == 1:
            yield after.date()


def told_at(told: Intent, person: Person, first: datetime, ticks: int) -> list[datetime]:
    """When it is told, by ticks every five minutes: once told, the row is no longer due."""
    due_at, state, moments = first, "planned", []
    for number in range(ticks):
        now = first + number * TICK
        if state in {"planned", "held"} and due_at <= now:
            [decision] = judge([told], person, now)
            state, due_at = decision.state, decision.due_at or due_at
            moments += [now] if state == "sending" else []
    return moments


@pytest.mark.slow
@pytest.mark.parametrize("third", range(3))
def test_a_reminder_is_told_by_the_first_tick_after_its_time_in_every_zone(third: int) -> None:
    """No day is missed, whatever the clocks do; nothing comes before the clock on the wall has shown its time."""
    looked_at = 0
    for tz in map(zone, unlike()[third::3]):
        person = replace(ALWAYS, tz=tz)
        for day in days_worth_a_look(tz):
            for wall in WALLS:
                told = intent(local_date=day, local_time=wall)
                due = at_wall_time(day, wall, tz)
                tick = tick_after(due)
                early, on_time = judge([told], person, due - timedelta(seconds=1)), judge([told], person, tick)

                assert [(d.state, d.due_at) for d in early] == [("planned", due)]
                assert [d.state for d in on_time] == ["sending"]
                assert tick < max(useful_until(told, person), due + GRACE)
                assert (due.astimezone(tz).date(), due.astimezone(tz).time()) >= (day, wall)
                looked_at += 1

    assert looked_at > 5_000


@given(
    name=sampled_from(NAMES),
    day=dates(date(2026, 1, 1), date(2030, 12, 31)),
    wall=times().map(lambda at: at.replace(second=0, microsecond=0)),
    starts=sampled_from([time(0), time(4), time(12)]),
    quiet=sampled_from([None, (time(22), time(7)), (time(1), time(2, 30)), (time(13), time(14))]),
    late=integers(0, 40),
)
def test_ticks_that_come_late_tell_once_or_not_at_all(  # noqa: PLR0913, PLR0917 - what can vary
    name: str, day: date, wall: time, starts: time, quiet: tuple[time, time] | None, late: int
) -> None:
    """At most once; within its day; never in quiet hours; and always, unless it is quiet or the day is over."""
    person = replace(who_wants(quiet=quiet), tz=zone(name), day_starts_at=starts)
    told = intent(local_date=day, local_time=wall)
    due = at_wall_time(day, wall, person.tz)
    first = tick_after(due) + late * TICK

    moments = told_at(told, person, first, ticks=12 * 30)

    assert len(moments) <= 1
    for moment in moments:
        assert moment < max(useful_until(told, person), due + GRACE)
        assert local_day(due, person.tz, starts) in {
            local_day(moment, person.tz, starts), local_day(moment - GRACE, person.tz, starts)
        }  # fmt: skip
    if quiet is None:
        assert len(moments) == (first < max(useful_until(told, person), due + GRACE))


@given(
    name=sampled_from(NAMES),
    start=dates(date(2026, 1, 1), date(2030, 12, 1)),
    walls=lists(sampled_from(WALLS), min_size=1, max_size=3, unique=True),
    rolls=lists(tuples(integers(1, 30), booleans()), min_size=1, max_size=12),
)
def test_days_are_planned_ahead_without_a_hole(
    name: str, start: date, walls: list[time], rolls: list[tuple[int, bool]]
) -> None:
    """However late or often the job rolls on, every time of every day up to two days ahead has one reminder."""
    tz = zone(name)
    began = now = datetime.combine(start, time(9), tz).astimezone(UTC)
    since = now
    keys: dict[tuple[str, date, str], Reminder] = {}
    for hours, twice in [(0, False), *rolls]:
        now += timedelta(hours=hours)
        for _ in range(1 + twice):
            for reminder in reminder_schedule.ahead(walls, tz, now, weekly=True, after=since):
                keys.setdefault((reminder.kind, reminder.local_date, reminder.slot), reminder)
        since = now

    last = now.astimezone(tz).date() + 2 * DAY
    days = [start + number * DAY for number in range((last - start).days + 1)]
    expected = {
        ("check_in", day, f"{wall:%H:%M}") for day in days for wall in walls if at_wall_time(day, wall, tz) > began
    }
    assert {key for key in keys if key[0] == "check_in"} == expected
    assert {key[1] for key in keys if key[0] == "weekly_summary"} == {day for day in days if day.weekday() == 6}
