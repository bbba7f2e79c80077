from collections.abc import Sequence
from math import sqrt
from random import Random
from statistics import fmean, stdev
from typing import NamedTuple

import pytest

from functions.plan.rules.effect import MIN_DAYS_WITH_A_MOOD, MIN_MOODS_BEFORE, EffectEstimate, estimate_effect
from functions.plan.texts import effect_text
from shared.ranking.lessons import POINTS_PER_SD, Completion, MoodPoint
from shared.ranking.population import Population

EVERYONE = Population()
PEOPLE = 150


class Diary(NamedTuple):
    before: Sequence[MoodPoint]
    during: Sequence[MoodPoint]


def entry(at: float, value: float) -> MoodPoint:
    return MoodPoint(at, value, int(at) % 24, int(at // 24) % 7, "unpleasant_calm" if value < 0 else "pleasant_calm")


def diary(seed: int, lift: float = 0.0, days: int = 14, entries_before: int = 60) -> Diary:
    """Simulates a person who makes a plan on a bad day, and whose moods it lifts by a constant."""
    luck = Random(seed)  # noqa: S311 - a simulation
    middle, stray, at = luck.gauss(0.2, 0.5), 0.0, 0.0
    before: list[MoodPoint] = []
    during: list[MoodPoint] = []
    while not during or at < during[0].at + 24 * days:
        gap = luck.uniform(4, 16)
        at += gap
        left = 0.5 ** (gap / 4)
        stray = stray * left + luck.gauss(0, 0.9 * sqrt(1 - left * left))
        begun = bool(during) or (len(before) >= entries_before and before[-1].value < middle - 0.5)
        value = middle + stray + luck.gauss(0, 0.25) + (lift if begun else 0)
        (during if begun else before).append(entry(at, value))
    return Diary(before, during)


def estimates(lift: float = 0.0, days: int = 14) -> list[EffectEstimate]:
    return [estimate_effect(*diary(seed, lift, days), [], EVERYONE) for seed in range(PEOPLE)]


def steady(value: float, first: float, count: int, luck: Random) -> list[MoodPoint]:
    """Two moods a day, all about the same."""
    return [entry(first + 12 * place, value + luck.gauss(0, 0.2)) for place in range(count)]


def lifted(by: float, days: int = 14) -> EffectEstimate:
    luck = Random(1)  # noqa: S311 - a simulation
    return estimate_effect(steady(0.0, 0, 60, luck), steady(by, 720, 2 * days, luck), [], EVERYONE)


@pytest.mark.parametrize("lift", [0.0, 0.4])
def test_the_effect_is_right_on_average(lift: float) -> None:
    """All plans start on a bad day. The rise that was to be expected anyway does not count as an effect."""
    diaries = [diary(seed, lift) for seed in range(PEOPLE)]
    means = [estimate.mean for estimate in estimates(lift) if estimate.mean is not None]
    error = stdev(means) / sqrt(PEOPLE)
    naive = POINTS_PER_SD * fmean(fmean(e.value for e in d.during) - d.before[-1].value for d in diaries)

    assert abs(fmean(means) - POINTS_PER_SD * lift) < 3 * error
    assert naive > POINTS_PER_SD * lift + 1


@pytest.mark.parametrize("days", [7, 14, 30])
def test_a_plan_that_does_nothing_is_seldom_praised(days: int) -> None:
    """It is seldom blamed either: for at most one person in 20, chance is reported as a benefit or a harm."""
    estimated = estimates(days=days)
    mistaken = [estimate for estimate in estimated if estimate.verdict in {"benefit", "worse"}]

    assert len(mistaken) <= PEOPLE / 20


def test_the_interval_holds_the_truth() -> None:
    """For at least 19 people in 20, if the plan has an effect."""
    intervals = [(estimate.low, estimate.high) for estimate in estimates(0.4)]
    covered = [low <= POINTS_PER_SD * 0.4 <= high for low, high in intervals if low is not None and high is not None]

    assert fmean(covered) >= 0.95


@pytest.mark.parametrize(
    ("by", "verdict", "words"),
    [
        pytest.param(1.0, "benefit", "better moods than would have been expected", id="much better"),
        pytest.param(0.0, "no_measurable_benefit", "No benefit could be measured", id="the same"),
        pytest.param(-1.0, "worse", "lower moods than would have been expected", id="much worse"),
    ],
)
def test_a_verdict_comes_with_its_interval(by: float, verdict: str, words: str) -> None:
    """In plain words, in points on the scale that the app shows."""
    estimate = lifted(by)

    assert estimate.verdict == verdict
    assert words in effect_text(estimate, "en")
    assert estimate.low is not None
    assert estimate.mean is not None
    assert estimate.high is not None
    assert estimate.low < estimate.mean < estimate.high
    assert estimate.mean == pytest.approx(POINTS_PER_SD * by, abs=0.7)
    assert f"{abs(estimate.mean):.1f} points" in effect_text(estimate, "en")


@pytest.mark.parametrize("language", ["en", "de"])
def test_when_a_plan_is_over_nobody_is_told_to_wait(language: str) -> None:
    """More days with a mood cannot come any more."""
    estimate = EffectEstimate("not_enough_data", None, None, None, 2, 0.0, {"days_with_a_mood": 3})

    assert "3" in effect_text(estimate, language)
    assert "3" not in effect_text(estimate, language, over=True)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "(0.0 points on a scale from \u221210 to 10, likely \u22121.2 to +1.1)"),
     ("de", "(0,0 Punkte auf einer Skala von \u221210 bis 10, wahrscheinlich \u22121,2 bis +1,1)")],
)  # fmt: skip
def test_figures_are_written_as_people_write_them(language: str, words: str) -> None:
    """With the sign and the decimal point of the language, and never with a negative zero."""
    estimate = EffectEstimate("no_measurable_benefit", -0.04, -1.2, 1.1, 9, 7.0, {})

    assert words in effect_text(estimate, language)


def test_too_few_days_give_no_figures() -> None:
    """The answer says how many more are needed."""
    estimate = lifted(1.0, days=MIN_DAYS_WITH_A_MOOD - 1)

    assert estimate.verdict == "not_enough_data"
    assert estimate.missing == {"days_with_a_mood": 1}
    assert "one more day" in effect_text(estimate, "en")
    assert (estimate.mean, estimate.low, estimate.high) == (None, None, None)


def test_without_moods_before_the_plan_there_is_no_effect() -> None:
    """Nor without any moods."""
    few = steady(0.0, 0, MIN_MOODS_BEFORE - 3, Random(1))  # noqa: S311 - a simulation

    assert estimate_effect(few, diary(1).during, [], EVERYONE).missing == {"moods_before": 3}
    assert estimate_effect([], [], [], EVERYONE).missing == {
        "moods_before": MIN_MOODS_BEFORE,
        "days_with_a_mood": MIN_DAYS_WITH_A_MOOD,
    }


def test_many_moods_of_one_day_are_one_day() -> None:
    """Ten moods on one day and none on others are one day with a mood."""
    luck = Random(1)  # noqa: S311 - a simulation
    busy = [entry(720 + place, 0.5) for place in range(10)]

    assert estimate_effect(steady(0.0, 0, 60, luck), busy, [], EVERYONE).days == 1


def test_autocorrelated_days_count_for_less() -> None:
    """Two weeks up and two weeks down are less evidence than 28 independent days."""
    luck = Random(1)  # noqa: S311 - a simulation
    before = steady(0.0, 0, 60, luck)
    waves = steady(0.8, 720, 28, luck) + steady(-0.8, 720 + 28 * 12, 28, luck)
    slow = estimate_effect(before, waves, [], EVERYONE)
    quick = estimate_effect(
        before, [e._replace(value=0.8 * (-1) ** (place // 2)) for place, e in enumerate(waves)], [], EVERYONE
    )

    assert slow.days == quick.days == 28
    assert slow.n_effective < 6
    assert quick.n_effective > 20


def test_moods_after_activities_do_not_raise_the_expected_mood() -> None:
    """A person who walked daily before the plan is expected to feel as between the walks."""
    luck = Random(2)  # noqa: S311 - a simulation
    before = [entry(12.0 * place, (1.0 if place % 4 == 1 else 0.0) + luck.gauss(0, 0.2)) for place in range(60)]
    walks = [Completion(e.at - 1, "walk", "movement") for e in before[1::4]]
    during = steady(0.0, 720, 28, luck)
    with_walks, without_walks = (estimate_effect(before, during, done, EVERYONE).mean for done in (walks, []))

    assert with_walks is not None
    assert without_walks is not None
    assert with_walks > without_walks + 0.3
