from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis.strategies import fixed_dictionaries, integers, times

from functions.plan.rules.slots import (
    DEFAULT_TIMES,
    MAX_PER_DAY,
    SLOTS,
    SLOTS_BY_COUNT,
    Slot,
    most_minutes,
    remaining_times,
    start_times,
)


@pytest.mark.parametrize("per_day", range(1, MAX_PER_DAY + 1))
def test_activities_follow_the_day(per_day: int) -> None:
    """There are as many places as requested, from morning to evening, each later than the one before."""
    slots, starts = SLOTS_BY_COUNT[per_day], start_times(per_day, DEFAULT_TIMES)

    assert len(slots) == per_day
    assert sorted(slots, key=SLOTS.index) == list(slots)
    assert sorted(set(starts)) == list(starts)


def test_three_a_day_are_one_for_each_slot() -> None:
    """Morning, afternoon and evening, at the default or the requested times."""
    assert start_times(3, DEFAULT_TIMES) == (time(8), time(13), time(19))
    assert start_times(3, {"morning": time(6, 15), "afternoon": time(12), "evening": time(21)})[0] == time(6, 15)


def test_a_second_one_comes_an_hour_later_on_the_same_day() -> None:
    """Even if the first one is late in the evening."""
    assert start_times(5, DEFAULT_TIMES) == (time(8), time(9), time(13), time(14), time(19))
    assert start_times(4, {**DEFAULT_TIMES, "afternoon": time(23, 30)})[2] == time(23, 30)


@pytest.mark.parametrize(
    ("now", "remaining"),
    [
        (time(0), ["08:00 morning", "13:00 afternoon", "19:00 evening"]),
        (time(8), ["08:00 morning", "13:00 afternoon", "19:00 evening"]),
        (time(8, 1), ["08:15 morning", "13:00 afternoon", "19:00 evening"]),
        (time(14, 10), ["14:15 afternoon", "15:15 afternoon", "19:00 evening"]),
        (time(17, 29), ["17:30 afternoon", "18:30 afternoon", "19:00 evening"]),
        (time(17, 59), ["18:00 afternoon", "19:00 evening"]),
        (time(18, 30), ["18:45 afternoon", "19:00 evening"]),
        (time(18, 50), ["19:00 evening"]),
        (time(19, 1), []),
    ],
)
def test_a_day_that_has_begun_has_its_activities_later(now: time, remaining: list[str]) -> None:
    """Those that would begin after the last time of the day are left out."""
    assert [f"{each.at:%H:%M} {each.slot}" for each in remaining_times(3, DEFAULT_TIMES, now)] == remaining


@given(integers(1, MAX_PER_DAY), fixed_dictionaries(dict.fromkeys(SLOTS, times())), times())
def test_no_time_of_a_day_has_passed(per_day: int, by_slot: dict[Slot, time], now: time) -> None:
    """They are in order, at most as many as asked for, and none is later than the usual last one."""
    remaining = remaining_times(per_day, by_slot, now)

    assert list(remaining) == sorted(remaining, key=lambda each: each.at)
    assert len(remaining) <= per_day
    assert all(now <= each.at <= max(start_times(per_day, by_slot)) for each in remaining)


@pytest.mark.parametrize(
    ("now", "remaining"),
    [
        (time(10), ["13:00 afternoon", "19:00 evening", "08:45 morning"]),
        (time(14, 10), ["14:15 afternoon", "19:00 evening", "08:45 morning"]),
        (time(22), ["08:45 morning"]),
        (time(2), ["08:45 morning"]),
        (time(9), []),
    ],
)
def test_a_time_before_the_start_of_the_day_is_its_last(now: time, remaining: list[str]) -> None:
    """Nothing is moved into the night before it."""
    slot_times = {**DEFAULT_TIMES, "morning": time(8, 45)}
    times = remaining_times(3, slot_times, now, day_starts_at=time(10))

    assert [f"{each.at:%H:%M} {each.slot}" for each in times] == remaining


@pytest.mark.parametrize(
    ("local", "minutes"),
    [
        ("2026-12-04T08:00Z", 20),  # a Friday
        ("2026-12-04T13:00Z", 30),
        ("2026-12-04T17:00Z", 1440),
        ("2026-12-04T04:30Z", 1440),  # after a shift
        ("2026-12-05T08:00Z", 1440),
    ],
)
def test_what_takes_long_is_for_evenings_and_free_days(local: str, minutes: int) -> None:
    """On a Friday morning nobody watches a film, unless Friday is free."""
    assert most_minutes(datetime.fromisoformat(local), {5, 6}) == minutes
    assert most_minutes(datetime.fromisoformat("2026-12-04T08:00Z"), {4, 5}) == 1440
