"""How a plan went: counts, distances from the target by day, and the summary at its end. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from statistics import fmean
from typing import Literal, NamedTuple, TypeAlias

from functions.plan.rules.adjustments import CLEARLY_NEARER, PlannedDay
from functions.plan.rules.effect import EffectEstimate
from shared.moods import Point, distance

Outcome: TypeAlias = Literal["reached", "nearer", "over"]

NEAR_TARGET = 0.35  # one daily step


class AdherenceCounts(NamedTuple):
    done: int
    skipped: int
    missed: int
    planned: int
    share: float | None  # done, of what was due


class DayDistances(NamedTuple):
    """How far from the target a day ends: as planned at first, as adjusted since, and as the day's moods were."""

    number: int
    date: date
    planned: float
    adjusted: float
    actual: float | None


class ReviewSummary(NamedTuple):
    outcome: Outcome
    figures: Mapping[str, float | int | str | None]


def count_adherence(statuses: Iterable[str]) -> AdherenceCounts:
    """Activities by status, and the share of due ones that were done. The share is None while nothing is due."""
    counts = Counter(statuses)
    done, skipped, missed = counts["done"], counts["skipped"], counts["missed"]
    due = done + skipped + missed
    return AdherenceCounts(done, skipped, missed, counts["planned"], round(done / due, 3) if due else None)


def day_distances(
    days: Sequence[PlannedDay], moods: Mapping[date, Sequence[Point]], start: Point, target: Point
) -> tuple[DayDistances, ...]:
    """For each day of a plan its distances from the target, given the moods by local date."""
    total = distance(start, target)
    return tuple(
        DayDistances(
            day.number,
            day.date,
            round(total * (1 - day.number / len(days)), 3),  # an arc comes nearer by the same amount every day
            round(distance(day.point, target), 3),
            _mean_distance(moods.get(day.date), target),
        )
        for day in days
    )


def summarize(adherence: AdherenceCounts, effect: EffectEstimate, arc: Sequence[DayDistances]) -> ReviewSummary:
    distances = [day.actual for day in arc if day.actual is not None]
    figures = {
        "done": adherence.done,
        "share": adherence.share,
        "days_with_a_mood": len(distances),
        "distance_at_first": distances[0] if distances else None,
        "distance_at_last": distances[-1] if distances else None,
        "verdict": effect.verdict,
        "effect": effect.mean,
    }
    return ReviewSummary(_outcome(distances), figures)


def _mean_distance(moods: Sequence[Point] | None, target: Point) -> float | None:
    if not moods:
        return None
    mean = fmean(valence for valence, _ in moods), fmean(arousal for _, arousal in moods)
    return round(distance(mean, target), 3)


def _outcome(distances: Sequence[float]) -> Outcome:
    if len(distances) > 1 and distances[-1] <= NEAR_TARGET:  # one day shows no way
        return "reached"
    return "nearer" if len(distances) > 1 and distances[-1] < distances[0] - CLEARLY_NEARER else "over"
