from collections.abc import Sequence
from math import sqrt
from random import Random
from statistics import fmean, stdev
from typing import NamedTuple

import pytest

from functions.plan.rules.effect import FEWEST_BEFORE, FEWEST_DAYS, Effect, effect
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
    """A person whose moods last, who makes a plan on a bad day, and whom it lifts by so much from then on."""
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


def told(lift: float = 0.0, days: int = 14) -> list[Effect]:
    return [effect(*diary(seed, lift, days), [], EVERYONE) for seed in range(PEOPLE)]


def steady(value: float, first: float, count: int, luck: Random) -> list[MoodPoint]:
    """Two moods a day, all about the same."""
    return [entry(first + 12 * place, value + luck.gauss(0, 0.2)) for place in range(count)]


def lifted(by: float, days: int = 14) -> Effect:
    luck = Random(1)  # noqa: S311 - a simulation
    return effect(steady(0.0, 0, 60, luck), steady(by, 720, 2 * days, luck), [], EVERYONE)


@pytest.mark.parametrize("lift", [0.0, 0.4])
def test_the_effect_is_right_on_average(lift: float) -> None:
    """Though all began on a bad day, from which moods rise by themselves: that much is expected, and not the plan's."""
    diaries = [diary(seed, lift) for seed in range(PEOPLE)]
    means = [found.mean for found in told(lift) if found.mean is not None]
    error = stdev(means) / sqrt(PEOPLE)
    naive = POINTS_PER_SD * fmean(fmean(e.value for e in d.during) - d.before[-1].value for d in diaries)

    assert abs(fmean(means) - POINTS_PER_SD * lift) < 3 * error
    assert naive > POINTS_PER_SD * lift + 1


@pytest.mark.parametrize("days", [7, 14, 30])
def test_a_plan_that_does_nothing_is_seldom_praised(days: int) -> None:
    """Nor blamed: for one person in 20 at most, chance looks like a benefit or a harm."""
    found = told(days=days)
    mistaken = [effect for effect in found if effect.verdict in {"benefit", "worse"}]

    assert len(mistaken) <= PEOPLE / 20


def test_the_interval_holds_the_truth() -> None:
    """For 19 people in 20 or more, where a plan does lift."""
    intervals = [(found.low, found.high) for found in told(0.4)]
    held = [low <= POINTS_PER_SD * 0.4 <= high for low, high in intervals if low is not None and high is not None]

    assert fmean(held) >= 0.95


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
    found = lifted(by)

    assert found.verdict == verdict
    assert words in found.text
    assert found.low is not None
    assert found.mean is not None
    assert found.high is not None
    assert found.low < found.mean < found.high
    assert found.mean == pytest.approx(POINTS_PER_SD * by, abs=0.7)
    assert f"{abs(found.mean):.1f} points" in found.text


def test_too_few_days_are_said_to_be_too_few() -> None:
    """With how many more it takes, and no figure that one might believe."""
    found = lifted(1.0, days=FEWEST_DAYS - 1)

    assert found.verdict == "not_enough_data"
    assert found.missing == {"days_with_a_mood": 1}
    assert "one more day" in found.text
    assert (found.mean, found.low, found.high) == (None, None, None)


def test_without_a_time_before_nothing_can_be_compared() -> None:
    """Nor before anything was told."""
    few = steady(0.0, 0, FEWEST_BEFORE - 3, Random(1))  # noqa: S311 - a simulation

    assert effect(few, diary(1).during, [], EVERYONE).missing == {"moods_before": 3}
    assert effect([], [], [], EVERYONE).missing == {"moods_before": FEWEST_BEFORE, "days_with_a_mood": FEWEST_DAYS}


def test_many_moods_of_one_day_are_one_day() -> None:
    """Whoever tells ten moods on one day and then none has told of one day."""
    luck = Random(1)  # noqa: S311 - a simulation
    busy = [entry(720 + place, 0.5) for place in range(10)]

    assert effect(steady(0.0, 0, 60, luck), busy, [], EVERYONE).days == 1


def test_moods_that_resemble_their_neighbours_count_for_less() -> None:
    """Two weeks up and two weeks down are not twenty-eight days' worth of evidence."""
    luck = Random(1)  # noqa: S311 - a simulation
    before = steady(0.0, 0, 60, luck)
    waves = steady(0.8, 720, 28, luck) + steady(-0.8, 720 + 28 * 12, 28, luck)
    slow = effect(before, waves, [], EVERYONE)
    quick = effect(
        before, [e._replace(value=0.8 * (-1) ** (place // 2)) for place, e in enumerate(waves)], [], EVERYONE
    )

    assert slow.days == quick.days == 28
    assert slow.n_effective < 6
    assert quick.n_effective > 20


def test_what_was_done_before_the_plan_is_not_what_is_usual() -> None:
    """Moods after walks say nothing of moods without: whoever walked daily is expected to feel as between walks."""
    luck = Random(2)  # noqa: S311 - a simulation
    before = [entry(12.0 * place, (1.0 if place % 4 == 1 else 0.0) + luck.gauss(0, 0.2)) for place in range(60)]
    walks = [Completion(e.at - 1, "walk", "movement") for e in before[1::4]]
    during = steady(0.0, 720, 28, luck)
    knowing, unknowing = (effect(before, during, done, EVERYONE).mean for done in (walks, []))

    assert knowing is not None
    assert unknowing is not None
    assert knowing > unknowing + 0.3
