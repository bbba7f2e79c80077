"""Whether a plan went with feeling better than this person would have been expected to feel without it.

What is expected starts from the mood before the plan and is rolled on from entry to entry, back to where this person
commonly is (docs/ranking.md), so that a low mood which would have risen anyway is nobody's merit. Pure.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import hypot, sqrt
from operator import attrgetter
from statistics import fmean, variance
from typing import Literal, NamedTuple, TypeAlias

from shared.intervals import NORMAL, student_t
from shared.ranking.lessons import POINTS, Completion, Lesson, MoodPoint
from shared.ranking.population import Population
from shared.ranking.uplift import PersonSums, baseline_of, expected, learn_history

Verdict: TypeAlias = Literal["not_enough_data", "no_measurable_benefit", "benefit", "worse"]

FEWEST_DAYS = 5  # of the plan with a mood
FEWEST_BEFORE = 10  # moods
USUAL_ECHO = 0.15  # how much of one day's surprise is commonly left on the next
TRUST = 10  # days' worth of trust in that
LEAST_FREEDOM = 2
HOURS = 24


class Effect(NamedTuple):
    """In points on the scale from -10 to 10."""

    verdict: Verdict
    text: str
    mean: float | None
    low: float | None
    high: float | None
    days: int
    n_effective: float
    missing: Mapping[str, int]


class Surprise(NamedTuple):
    day: int
    value: float


def effect(
    before: Sequence[MoodPoint], during: Sequence[MoodPoint], completed: Sequence[Completion], population: Population
) -> Effect:
    """From the moods before the plan and since it began, oldest first, and what was completed in both times."""
    days = len({_day(entry, during) for entry in during})
    if missing := _missing(len(before), days):
        return Effect("not_enough_data", _wanting(missing), None, None, None, days, 0.0, missing)
    person = learn_history(before, sorted(completed, key=attrgetter("at")), population)
    daily = _daily(_surprises(before[-1], during, person, population))
    n_effective = days * (1 - _echo(daily)) / (1 + _echo(daily))
    of_days = sqrt(variance(daily) / n_effective) * student_t(max(n_effective - 1, LEAST_FREEDOM))
    of_what_is_usual = sqrt(baseline_of(person, population).level2) * NORMAL
    reach = hypot(of_days, of_what_is_usual)
    mean = fmean(daily)
    low, mean, high = (round(POINTS * value, 2) for value in (mean - reach, mean, mean + reach))
    verdict: Verdict = "benefit" if low > 0 else "worse" if high < 0 else "no_measurable_benefit"
    return Effect(verdict, _found(verdict, mean, low, high), mean, low, high, days, round(n_effective, 1), {})


def _surprises(
    last: MoodPoint, during: Sequence[MoodPoint], person: PersonSums, population: Population
) -> Iterator[Surprise]:
    """Each mood less what was to be expected, had nothing been done since the last mood before the plan."""
    course = last
    for entry in during:
        mean = expected(person, population, Lesson(course, entry)).mean
        course = entry._replace(value=mean)
        yield Surprise(_day(entry, during), entry.value - mean)


def _day(entry: MoodPoint, during: Sequence[MoodPoint]) -> int:
    return int((entry.at - during[0].at) // HOURS)


def _daily(surprises: Iterator[Surprise]) -> list[float]:
    """One number a day, however often a mood was told."""
    by_day: dict[int, list[float]] = defaultdict(list)
    for day, value in surprises:
        by_day[day].append(value)
    return [fmean(values) for values in by_day.values()]


def _echo(daily: Sequence[float]) -> float:
    """How much of a day's surprise is left on the next; few days are too few to tell, and tell too little of it."""
    mean, n = fmean(daily), len(daily)
    squares = sum((value - mean) ** 2 for value in daily)
    seen = sum((a - mean) * (b - mean) for a, b in pairwise(daily)) / squares if squares else 0.0
    unbiased = seen + (1 + 3 * seen) / n
    return max(0.0, min((n * unbiased + TRUST * USUAL_ECHO) / (n + TRUST), 0.9))


def _missing(before: int, days: int) -> dict[str, int]:
    lacking = {"moods_before": FEWEST_BEFORE - before, "days_with_a_mood": FEWEST_DAYS - days}
    return {what: number for what, number in lacking.items() if number > 0}


def _wanting(missing: Mapping[str, int]) -> str:
    if "moods_before" in missing:
        return "Not enough is known of the time before this plan to tell what would have been without it."
    days = missing["days_with_a_mood"]
    return f"It is too early to tell: {'one more day' if days == 1 else f'{days} more days'} with a mood will do."


def _found(verdict: Verdict, mean: float, low: float, high: float) -> str:
    between = (
        f"({_signed(mean)} points on a scale from \N{MINUS SIGN}10 to 10, likely {_signed(low)} to {_signed(high)})"
    )
    match verdict:
        case "benefit":
            return f"These days went with better moods than would have been expected without the plan {between}."
        case "worse":
            return (
                f"These days went with lower moods than would have been expected {between}. Much else may be the "
                "reason; if it goes on, something gentler or someone to talk to may help more."
            )
        case _:
            return f"No benefit could be measured: moods were about as expected without the plan {between}."


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")
