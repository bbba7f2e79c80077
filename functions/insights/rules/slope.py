"""The slope of a series: the median of the slopes of all pairs (Theil-Sen), with Kendall's interval. Pure.

Days are first averaged over blocks of a week or more. What is left of the autocorrelation widens the interval.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import combinations
from math import sqrt
from statistics import fmean, median

from functions.insights.rules.level import IntervalEstimate, autocorrelation
from shared.confidence_intervals import NORMAL

MIN_BLOCKS = 5
MOST_BLOCKS = 120
SHORTEST_BLOCK = 7  # days
SLOPE_DAYS = 30  # a slope is a change in so many days
_DAY = timedelta(days=1)


def robust_slope(series: Mapping[date, float]) -> IntervalEstimate | None:
    """The change in 30 days. None if the series covers fewer than five blocks."""
    blocks = _blocks(series)
    n = len(blocks)
    if n < MIN_BLOCKS:
        return None
    slopes = sorted((b - a) / (t - s) for (s, a), (t, b) in combinations(blocks.items(), 2))
    slope = median(slopes)
    residuals = {date.min + number * _DAY: value - slope * at for number, (at, value) in enumerate(blocks.items())}
    phi = autocorrelation(residuals)
    reach = NORMAL * sqrt(n * (n - 1) * (2 * n + 5) / 18 * (1 + phi) / (1 - phi))
    low = slopes[max(int((len(slopes) - reach) / 2), 0)]
    high = slopes[min(int((len(slopes) + reach) / 2) + 1, len(slopes) - 1)]
    return IntervalEstimate(slope * SLOPE_DAYS, low * SLOPE_DAYS, high * SLOPE_DAYS)


def _blocks(series: Mapping[date, float]) -> dict[float, float]:
    """Means over blocks of equal length, by the mean day of each."""
    if not series:
        return {}
    first, last = min(series), max(series)
    length = max(SHORTEST_BLOCK, -(-((last - first).days + 1) // MOST_BLOCKS))
    blocks: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for day, value in series.items():
        number = (day - first).days
        blocks[number // length].append((number, value))
    return {fmean(day for day, _ in block): fmean(value for _, value in block) for _, block in sorted(blocks.items())}
