from datetime import time

import pytest

from functions.plan.rules.slots import MOST_PER_DAY, SLOTS, SPREAD, TIMES, starts


@pytest.mark.parametrize("per_day", range(1, MOST_PER_DAY + 1))
def test_activities_follow_the_day(per_day: int) -> None:
    """As many places as asked for, from morning to evening, each later than the one before."""
    slots, times = SPREAD[per_day], starts(per_day, TIMES)

    assert len(slots) == per_day
    assert sorted(slots, key=SLOTS.index) == list(slots)
    assert sorted(set(times)) == list(times)


def test_three_a_day_are_one_for_each_part_of_it() -> None:
    """Morning, afternoon and evening, at the times that are usual or wished for."""
    assert starts(3, TIMES) == (time(8), time(13), time(19))
    assert starts(3, {"morning": time(6, 15), "afternoon": time(12), "evening": time(21)})[0] == time(6, 15)


def test_a_second_one_comes_an_hour_later_on_the_same_day() -> None:
    """However late the first one is."""
    assert starts(5, TIMES) == (time(8), time(9), time(13), time(14), time(19))
    assert starts(4, {**TIMES, "afternoon": time(23, 30)})[2] == time(23, 30)
