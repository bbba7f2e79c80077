from collections.abc import Sequence
from itertools import pairwise
from random import Random
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, builds, integers, lists, sampled_from

from functions.plan.rules.reminder_trial import (
    QUIET_CHANCE,
    ReminderEffectEstimate,
    TrialDay,
    estimate_reminder_effect,
    is_quiet,
)
from shared.confidence_intervals import student_t

SHARES = (0.0, 1 / 3, 2 / 3, 1.0)
trials = lists(builds(TrialDay, booleans(), sampled_from(SHARES)), max_size=30)


def live(seed: int, length: int, without: float, lift: float) -> list[TrialDay]:
    """Simulates a plan of three activities a day, on good and bad days, with reminders by lot."""
    luck, days = Random(seed), []  # noqa: S311 - a simulation
    for day in range(1, length + 1):
        has_reminders = not is_quiet(seed, day)
        chance = without + luck.uniform(-0.2, 0.2) + (lift if has_reminders else 0)
        days.append(TrialDay(has_reminders, sum(luck.random() < chance for _ in range(3)) / 3))
    return days


def estimates(length: int, without: float, lift: float, people: int = 2000) -> Sequence[ReminderEffectEstimate]:
    effects = (estimate_reminder_effect(live(seed, length, without, lift)) for seed in range(people))
    return [effect for effect in effects if effect]


@pytest.mark.parametrize("length", [14, 30])
@pytest.mark.parametrize(("without", "lift"), [(0.5, 0.0), (0.3, 0.3), (0.6, 0.15)])
def test_the_estimate_is_unbiased_and_its_interval_has_the_stated_coverage(
    length: int, without: float, lift: float
) -> None:
    """Over 2,000 people the bias is within its standard error, and 93 to 97 % of the intervals hold the truth."""
    effects = estimates(length, without, lift)
    errors = [effect.difference - lift for effect in effects]
    covered = fmean(effect.low <= lift <= effect.high for effect in effects)

    assert abs(fmean(errors)) < 3 * stdev(errors) / len(errors) ** 0.5
    assert 0.93 <= covered <= 0.97


def test_three_days_in_ten_are_without_a_reminder() -> None:
    """Over many plans, and independent of the day before."""
    lots = [[is_quiet(seed, day) for day in range(1, 31)] for seed in range(1000)]
    after_quiet = [today for lot in lots for before, today in pairwise(lot) if before]

    assert fmean(map(fmean, lots)) == pytest.approx(QUIET_CHANCE, abs=0.01)
    assert fmean(after_quiet) == pytest.approx(QUIET_CHANCE, abs=0.02)


@given(integers(0, 2**128 - 1), integers(1, 30))
def test_the_lot_of_a_day_does_not_change(seed: int, day: int) -> None:
    """The same seed and day give the same answer."""
    assert is_quiet(seed, day) == is_quiet(seed, day)


@given(trials)
def test_an_estimate_lies_within_its_interval(trial: list[TrialDay]) -> None:
    """The interval is between -1 and 1, and there is no estimate from too few days."""
    effect = estimate_reminder_effect(trial)

    assert effect is None or -1 <= effect.low <= effect.difference <= effect.high <= 1
    assert effect is None or (
        effect.standard_error > 0 and min(effect.days_with_reminders, effect.days_without_reminders) >= 3
    )


def test_too_few_days_of_either_sort_give_no_estimate() -> None:
    """At least three of each are needed."""
    trial = [TrialDay(has_reminders=True, done_share=share) for share in SHARES]

    assert estimate_reminder_effect(trial) is None
    assert estimate_reminder_effect(trial + [TrialDay(has_reminders=False, done_share=0.0)] * 2) is None
    assert estimate_reminder_effect(trial + [TrialDay(has_reminders=False, done_share=0.0)] * 3)


@pytest.mark.parametrize(("without", "times"), [(1.0, 6), (0.0, 3)])
def test_days_that_are_all_alike_have_an_interval(without: float, times: int) -> None:
    """A person who did everything every day, or on days with reminders alone, has an interval of some width."""
    trial = [TrialDay(has_reminders=True, done_share=1.0)] * 3 * times
    effect = estimate_reminder_effect(trial + [TrialDay(has_reminders=False, done_share=without)] * times)

    assert effect
    assert effect.difference == 1 - without
    assert effect.standard_error > 0
    assert effect.low < effect.difference - 0.1


def test_a_clear_difference_is_found() -> None:
    """Everything is done with a reminder, and next to nothing without."""
    trial = [TrialDay(has_reminders=True, done_share=1.0)] * 8
    trial += [TrialDay(has_reminders=False, done_share=share) for share in (0.0, 1 / 3, 0.0, 0.0)]
    effect = estimate_reminder_effect(trial)

    assert effect
    assert effect.difference == pytest.approx(11 / 12)
    assert effect.low > 0.5


@pytest.mark.parametrize(("freedom", "exact"), [(2, 4.303), (3, 3.182), (5, 2.571), (10, 2.228), (30, 2.042)])
def test_students_t_is_what_the_tables_say(freedom: int, exact: float) -> None:
    """Within 1.2 %, and within 4.1 % for two degrees of freedom."""
    assert student_t(freedom) == pytest.approx(exact, rel=0.041 if freedom == 2 else 0.012)
