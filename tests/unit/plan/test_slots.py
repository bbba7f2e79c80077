from datetime import time

import pytest

from functions.plan.rules.slots import DEFAULT_TIMES, MAX_PER_DAY, SLOTS, SLOTS_BY_COUNT, start_times


@pytest.mark.parametrize("per_day", range(1, MAX_PER_DAY + 1))
def test_activities_follow_the_day(per_day: int) -> None:
    """There are as many places as requested, from morning to evening, each later than the one before."""
    slots, times = SLOTS_BY_COUNT[per_day], start_times(per_day, DEFAULT_TIMES)

    assert len(slots) == per_day
    assert sorted(slots, key=SLOTS.index) == list(slots)
    assert sorted(set(times)) == list(times)


def test_three_a_day_are_one_for_each_slot() -> None:
    """Morning, afternoon and evening, at the default or the requested times."""
    assert start_times(3, DEFAULT_TIMES) == (time(8), time(13), time(19))
    assert start_times(3, {"morning": time(6, 15), "afternoon": time(12), "evening": time(21)})[0] == time(6, 15)


def test_a_second_one_comes_an_hour_later_on_the_same_day() -> None:
    """Even if the first one is late in the evening."""
    assert start_times(5, DEFAULT_TIMES) == (time(8), time(9), time(13), time(14), time(19))
    assert start_times(4, {**DEFAULT_TIMES, "afternoon": time(23, 30)})[2] == time(23, 30)
