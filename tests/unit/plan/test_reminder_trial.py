from collections.abc import Sequence
from itertools import pairwise
from random import Random
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, builds, integers, lists, sampled_from

from functions.plan.rules.reminder_trial import QUIET, DayTold, PromptEffect, prompt_effect, quiet
from shared.intervals import student_t

SHARES = (0.0, 1 / 3, 2 / 3, 1.0)
days = lists(builds(DayTold, booleans(), sampled_from(SHARES)), max_size=30)


def live(seed: int, length: int, without: float, lift: float) -> list[DayTold]:
    """A plan of three activities a day, on good days and bad ones, with reminders by lot."""
    luck, told = Random(seed), []  # noqa: S311 - a simulation
    for day in range(1, length + 1):
        prompted = not quiet(seed, day)
        chance = without + luck.uniform(-0.2, 0.2) + (lift if prompted else 0)
        told.append(DayTold(prompted, sum(luck.random() < chance for _ in range(3)) / 3))
    return told


def estimates(length: int, without: float, lift: float, people: int = 2000) -> Sequence[PromptEffect]:
    found = (prompt_effect(live(seed, length, without, lift)) for seed in range(people))
    return [effect for effect in found if effect]


@pytest.mark.parametrize("length", [14, 30])
@pytest.mark.parametrize(("without", "lift"), [(0.5, 0.0), (0.3, 0.3), (0.6, 0.15)])
def test_the_estimate_is_right_on_average_and_its_interval_as_often_as_it_says(
    length: int, without: float, lift: float
) -> None:
    """Over two thousand people: unbiased within its own error, and the interval holds the truth in 93 to 97 of 100."""
    found = estimates(length, without, lift)
    off = [effect.difference - lift for effect in found]
    covered = fmean(effect.low <= lift <= effect.high for effect in found)

    assert abs(fmean(off)) < 3 * stdev(off) / len(off) ** 0.5
    assert 0.93 <= covered <= 0.97


def test_three_days_in_ten_are_without_a_reminder() -> None:
    """Over many plans, with no pattern from one day to the next."""
    lots = [[quiet(seed, day) for day in range(1, 31)] for seed in range(1000)]
    after_quiet = [today for lot in lots for before, today in pairwise(lot) if before]

    assert fmean(map(fmean, lots)) == pytest.approx(QUIET, abs=0.01)
    assert fmean(after_quiet) == pytest.approx(QUIET, abs=0.02)


@given(integers(0, 2**128 - 1), integers(1, 30))
def test_a_lot_once_drawn_stays(seed: int, day: int) -> None:
    """Whoever asks again gets the same answer."""
    assert quiet(seed, day) == quiet(seed, day)


@given(days)
def test_an_estimate_lies_within_its_interval_and_a_day(told: list[DayTold]) -> None:
    """No more can be gained than all of a day, and what is not known is not claimed."""
    effect = prompt_effect(told)

    assert effect is None or -1 <= effect.low <= effect.difference <= effect.high <= 1
    assert effect is None or (effect.standard_error > 0 and min(effect.prompted_days, effect.quiet_days) >= 3)


def test_too_few_days_of_either_sort_tell_nothing() -> None:
    """Three of each are the fewest that can be compared."""
    told = [DayTold(prompted=True, done_share=share) for share in SHARES]

    assert prompt_effect(told) is None
    assert prompt_effect(told + [DayTold(prompted=False, done_share=0.0)] * 2) is None
    assert prompt_effect(told + [DayTold(prompted=False, done_share=0.0)] * 3)


@pytest.mark.parametrize(("without", "times"), [(1.0, 6), (0.0, 3)])
def test_days_that_are_all_alike_are_not_taken_for_certain(without: float, times: int) -> None:
    """Whoever did everything every day, or with reminders alone, has an interval all the same."""
    told = [DayTold(prompted=True, done_share=1.0)] * 3 * times
    effect = prompt_effect(told + [DayTold(prompted=False, done_share=without)] * times)

    assert effect
    assert effect.difference == 1 - without
    assert effect.standard_error > 0
    assert effect.low < effect.difference - 0.1


def test_a_clear_difference_is_found() -> None:
    """Everything done with a reminder, next to nothing without."""
    told = [DayTold(prompted=True, done_share=1.0)] * 8
    told += [DayTold(prompted=False, done_share=share) for share in (0.0, 1 / 3, 0.0, 0.0)]
    effect = prompt_effect(told)

    assert effect
    assert effect.difference == pytest.approx(11 / 12)
    assert effect.low > 0.5


@pytest.mark.parametrize(("freedom", "exact"), [(2, 4.303), (3, 3.182), (5, 2.571), (10, 2.228), (30, 2.042)])
def test_students_t_is_what_the_tables_say(freedom: int, exact: float) -> None:
    """To 1 %, and to 3.5 % where there are hardly any days."""
    assert student_t(freedom) == pytest.approx(exact, rel=0.035 if freedom == 2 else 0.01)
