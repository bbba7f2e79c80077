"""The effect of a plan: moods during the plan, less the moods that were to be expected without it.

The expected mood starts from the last mood before the plan and is carried forward from entry to entry, back to the
person's usual level (docs/ranking.md). So a low mood that would have risen anyway does not count as an effect. Pure.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import hypot, sqrt
from operator import attrgetter
from statistics import fmean, variance
from typing import Literal, NamedTuple, TypeAlias

from shared.confidence_intervals import NORMAL, student_t
from shared.ranking.lessons import POINTS_PER_SD, Completion, Lesson, MoodPoint
from shared.ranking.population import Population
from shared.ranking.uplift import PersonSums, estimate_baseline, expected_mood, learn_history

Verdict: TypeAlias = Literal["not_enough_data", "no_measurable_benefit", "benefit", "worse"]

MIN_DAYS_WITH_A_MOOD = 5  # of the plan
MIN_MOODS_BEFORE = 10
USUAL_AUTOCORRELATION = 0.15  # of the surprises of one day and the next
PRIOR_DAYS = 10  # the weight of that value
MIN_FREEDOM = 2
HOURS = 24


class EffectEstimate(NamedTuple):
    """Figures are in points on the scale from -10 to 10."""

    verdict: Verdict
    mean: float | None
    low: float | None
    high: float | None
    days: int
    n_effective: float
    missing: Mapping[str, int]


class Surprise(NamedTuple):
    day: int
    value: float


def estimate_effect(
    before: Sequence[MoodPoint], during: Sequence[MoodPoint], completed: Sequence[Completion], population: Population
) -> EffectEstimate:
    """Takes the moods before the plan and since it began, oldest first, and all that was completed in both times."""
    days = len({_day(entry, during) for entry in during})
    if missing := _missing(len(before), days):
        return EffectEstimate("not_enough_data", None, None, None, days, 0.0, missing)
    person = learn_history(before, sorted(completed, key=attrgetter("at")), population)
    daily = _daily(_surprises(before[-1], during, person, population))
    n_effective = days * (1 - _autocorrelation(daily)) / (1 + _autocorrelation(daily))
    reach_of_days = sqrt(variance(daily) / n_effective) * student_t(max(n_effective - 1, MIN_FREEDOM))
    reach_of_level = sqrt(estimate_baseline(person, population).level_variance) * NORMAL
    reach = hypot(reach_of_days, reach_of_level)
    mean = fmean(daily)
    low, mean, high = (round(POINTS_PER_SD * value, 2) for value in (mean - reach, mean, mean + reach))
    verdict: Verdict = "benefit" if low > 0 else "worse" if high < 0 else "no_measurable_benefit"
    return EffectEstimate(verdict, mean, low, high, days, round(n_effective, 1), {})


def _surprises(
    last: MoodPoint, during: Sequence[MoodPoint], person: PersonSums, population: Population
) -> Iterator[Surprise]:
    """Each mood less the mood expected if nothing had been done since the last mood before the plan."""
    previous = last
    for entry in during:
        mean = expected_mood(person, population, Lesson(previous, entry)).mean
        previous = entry._replace(value=mean)
        yield Surprise(_day(entry, during), entry.value - mean)


def _day(entry: MoodPoint, during: Sequence[MoodPoint]) -> int:
    return int((entry.at - during[0].at) // HOURS)


def _daily(surprises: Iterator[Surprise]) -> list[float]:
    """The mean surprise of each day, so that a day counts once however many moods it has."""
    by_day: dict[int, list[float]] = defaultdict(list)
    for day, value in surprises:
        by_day[day].append(value)
    return [fmean(values) for values in by_day.values()]


def _autocorrelation(daily: Sequence[float]) -> float:
    """Of one day and the next, corrected for the bias of short series and shrunk towards the usual value."""
    mean, n = fmean(daily), len(daily)
    squares = sum((value - mean) ** 2 for value in daily)
    observed = sum((a - mean) * (b - mean) for a, b in pairwise(daily)) / squares if squares else 0.0
    unbiased = observed + (1 + 3 * observed) / n
    return max(0.0, min((n * unbiased + PRIOR_DAYS * USUAL_AUTOCORRELATION) / (n + PRIOR_DAYS), 0.9))


def _missing(before: int, days: int) -> dict[str, int]:
    needed = {"moods_before": MIN_MOODS_BEFORE - before, "days_with_a_mood": MIN_DAYS_WITH_A_MOOD - days}
    return {name: number for name, number in needed.items() if number > 0}
