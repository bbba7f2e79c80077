"""How a plan went, in figures and in a few words at its end. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from statistics import fmean
from typing import NamedTuple

from functions.plan.rules.adjustments import Day
from functions.plan.rules.effect import Effect
from shared.moods import Point, distance

NEAR = 0.35  # of the target: within a day's step


class Adherence(NamedTuple):
    done: int
    skipped: int
    missed: int
    planned: int
    share: float | None  # done, of what was due


class Walked(NamedTuple):
    number: int
    date: date
    planned: float  # distances to the target: as they were meant to be at first,
    aimed: float  # as they are meant to be by now,
    walked: float | None  # and as they were


class Review(NamedTuple):
    title: str
    body: str
    figures: Mapping[str, float | int | str | None]


def adherence(statuses: Iterable[str]) -> Adherence:
    counts = Counter(statuses)
    done, skipped, missed = counts["done"], counts["skipped"], counts["missed"]
    due = done + skipped + missed
    return Adherence(done, skipped, missed, counts["planned"], round(done / due, 3) if due else None)


def walked(
    days: Sequence[Day], felt: Mapping[date, Sequence[Point]], start: Point, target: Point
) -> tuple[Walked, ...]:
    far = distance(start, target)
    return tuple(
        Walked(
            day.number,
            day.date,
            round(far * (1 - day.number / len(days)), 3),  # an arc comes nearer evenly
            round(distance(day.aim, target), 3),
            _distance(felt.get(day.date), target),
        )
        for day in days
    )


def review(adherence: Adherence, effect: Effect, arc: Sequence[Walked]) -> Review:
    told = [day.walked for day in arc if day.walked is not None]
    figures = {
        "done": adherence.done,
        "share": adherence.share,
        "days_with_a_mood": len(told),
        "distance_at_first": told[0] if told else None,
        "distance_at_last": told[-1] if told else None,
        "verdict": effect.verdict,
        "effect": effect.mean,
    }
    return Review(_title(told), f"{_did(adherence)} {effect.text}", figures)


def _distance(felt: Sequence[Point] | None, target: Point) -> float | None:
    if not felt:
        return None
    middle = fmean(valence for valence, _ in felt), fmean(arousal for _, arousal in felt)
    return round(distance(middle, target), 3)


def _title(told: Sequence[float]) -> str:
    if told and told[-1] <= NEAR:
        return "You came to where you wanted to be"
    if len(told) > 1 and told[-1] < told[0]:
        return "You came part of the way"
    return "The plan is over"


def _did(adherence: Adherence) -> str:
    if not adherence.done:
        return "There was little room for it this time, and that is fine."
    things = "one thing" if adherence.done == 1 else f"{adherence.done} things"
    return f"You made room for {things} that {'was' if adherence.done == 1 else 'were'} meant to do you good."
