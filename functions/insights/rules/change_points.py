"""Days on which the level of moods changed and stayed changed. Pure.

Binary segmentation: the day that splits a series best is a change point if the two levels differ by more than chance
lets them, and both parts are then searched as well.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import accumulate
from math import sqrt
from statistics import fmean
from typing import NamedTuple

from functions.insights.rules.level import autocorrelation

SHORTEST = 14  # days with an entry on each side
THRESHOLD = 3.6  # in standard errors; by simulation, 1 to 3 % of the years without a change have one


class ChangePoint(NamedTuple):
    day: date  # the first day of the new level
    before: float
    after: float


def find_change_points(daily: Mapping[date, float]) -> list[ChangePoint]:
    """The change points of a series of daily means in order of their days."""
    return list(_split(list(daily.items())))


def _split(series: list[tuple[date, float]]) -> Iterator[ChangePoint]:
    n = len(series)
    if n < 2 * SHORTEST:
        return
    values = [value for _, value in series]
    sums, mean = list(accumulate(values)), fmean(values)

    def contrast(k: int) -> float:
        return abs(sums[k - 1] - k * mean) / sqrt(k * (n - k) / n)

    k = max(range(SHORTEST, n - SHORTEST + 1), key=contrast)
    before, after = fmean(values[:k]), fmean(values[k:])
    residuals = {day: value - (before if number < k else after) for number, (day, value) in enumerate(series)}
    phi = autocorrelation(residuals)
    sd = sqrt(fmean(residual**2 for residual in residuals.values()) * (1 + phi) / (1 - phi))
    if contrast(k) <= THRESHOLD * sd or before == after:
        return
    yield from _split(series[:k])
    yield ChangePoint(series[k][0], before, after)
    yield from _split(series[k:])
