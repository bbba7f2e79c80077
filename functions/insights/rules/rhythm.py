"""When moods are better and worse (hour, weekday, month), and which follows which. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

from functions.insights.rules.level import IntervalEstimate, estimate_level

LONGEST_STEP = 36.0  # hours between two moods of a transition


class LocalMood(NamedTuple):
    at: float  # hours since any fixed moment
    weekday: int  # 0 is Monday
    hour: int  # of the place where the person was
    mood: str
    value: float


class Cell(NamedTuple):
    weekday: int
    hour: int
    entries: int
    mean: float


class Transition(NamedTuple):
    before: str
    after: str
    steps: int
    share: float  # of all that followed the first mood


def weekday_hours(moods: Iterable[LocalMood]) -> list[Cell]:
    """The cells of the grid of weekdays and hours that have an entry."""
    cells: dict[tuple[int, int], list[float]] = defaultdict(list)
    for mood in moods:
        cells[mood.weekday, mood.hour].append(mood.value)
    return [Cell(*cell, len(values), fmean(values)) for cell, values in sorted(cells.items())]


def weekdays(daily: Mapping[date, float]) -> dict[int, tuple[int, IntervalEstimate]]:
    """For each weekday with enough days: how many, and their level."""
    levels = {}
    for weekday in range(7):
        days = {day: value for day, value in daily.items() if day.weekday() == weekday}
        if level := estimate_level(days):
            levels[weekday] = (len(days), level)
    return levels


def transitions(moods: Sequence[LocalMood], most: int) -> list[Transition]:
    """The most frequent steps from one mood to the next. Takes moods with the oldest first."""
    steps = Counter((a.mood, b.mood) for a, b in pairwise(moods) if b.at - a.at <= LONGEST_STEP)
    totals: Counter[str] = Counter()
    for (before, _), count in steps.items():
        totals[before] += count
    return [Transition(*step, count, count / totals[step[0]]) for step, count in steps.most_common(most)]
