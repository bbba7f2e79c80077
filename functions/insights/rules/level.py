"""The level of a series of daily means, with an interval that allows for moods that last several days. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from math import hypot, sqrt
from statistics import fmean, variance
from typing import NamedTuple, Self

from shared.confidence_intervals import student_t

MIN_DAYS = 5
HIGHEST_MOOD = 10.0  # valence times intensity
USUAL_AUTOCORRELATION = 0.4  # of one day's mean and the next
PRIOR_DAYS = 10  # the weight of that value
HIGHEST_AUTOCORRELATION = 0.9
MIN_FREEDOM = 2
_DAY = timedelta(days=1)


class IntervalEstimate(NamedTuple):
    """A figure with its 95 % interval."""

    mean: float
    low: float
    high: float

    def within(self, limit: float) -> Self:
        """The interval without what lies beyond a scale from `-limit` to `limit`."""
        return self._replace(low=max(self.low, -limit), high=min(self.high, limit))


def estimate_level(daily: Mapping[date, float]) -> IntervalEstimate | None:
    """The mean of the daily means of moods. None for fewer than five days."""
    estimate = _estimate_mean(daily)
    return estimate and estimate.within(HIGHEST_MOOD)


def _estimate_mean(daily: Mapping[date, float]) -> IntervalEstimate | None:
    if len(daily) < MIN_DAYS:
        return None
    values = list(daily.values())
    phi = autocorrelation(daily)
    n_effective = len(values) * (1 - phi) / (1 + phi)
    mean = fmean(values)
    reach = sqrt(variance(values) / n_effective) * student_t(max(n_effective - 1, MIN_FREEDOM))
    return IntervalEstimate(mean, mean - reach, mean + reach)


def estimate_difference(before: Mapping[date, float], after: Mapping[date, float]) -> IntervalEstimate | None:
    """By how much the level of `after` is above that of `before`. None if one of them has too few days."""
    a, b = _estimate_mean(before), _estimate_mean(after)
    if a is None or b is None:
        return None
    mean, reach = b.mean - a.mean, hypot(a.high - a.mean, b.high - b.mean)
    return IntervalEstimate(mean, mean - reach, mean + reach).within(2 * HIGHEST_MOOD)


def autocorrelation(daily: Mapping[date, float]) -> float:
    """Of consecutive days, corrected for the bias of short series and shrunk towards the usual value."""
    mean = fmean(daily.values())
    spread = fmean((value - mean) ** 2 for value in daily.values())
    pairs = [(value, daily[day + _DAY]) for day, value in daily.items() if day + _DAY in daily]
    n = len(pairs)
    if not n or not spread:
        return USUAL_AUTOCORRELATION
    observed = fmean((a - mean) * (b - mean) for a, b in pairs) / spread
    unbiased = observed + (1 + 3 * observed) / n
    shrunk = (n * unbiased + PRIOR_DAYS * USUAL_AUTOCORRELATION) / (n + PRIOR_DAYS)
    return max(0.0, min(shrunk, HIGHEST_AUTOCORRELATION))
