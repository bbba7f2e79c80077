"""How much moods change from one entry to the next. Pure.

The longer the gap between two entries, the more they differ. Each squared difference is scaled to a gap of eight hours,
by the growth that is usual: half of what a day takes away of a mood's deviation.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import exp, log, sqrt
from statistics import fmean
from typing import NamedTuple

from shared.confidence_intervals import NORMAL
from shared.ranking.lessons import POINTS_PER_SD

LONGEST_GAP = 72.0  # hours
REFERENCE_GAP = 8.0
HALF_LIFE = 24.0
ACUTE = 2 * POINTS_PER_SD  # points on the scale from -10 to 10
MIN_PAIRS = 10


class Moment(NamedTuple):
    at: float  # hours since any fixed moment
    value: float


class Volatility(NamedTuple):
    pairs: int
    mssd: float  # mean square of successive differences
    acute: float  # the probability of a change of two standard deviations or more
    acute_low: float
    acute_high: float


class Jumps(NamedTuple):
    """Of entries soon after one another, the share of those that differ by two standard deviations or more."""

    pairs: int
    share: float
    low: float
    high: float


def measure_jumps(moments: Sequence[Moment]) -> Jumps | None:
    """Takes entries, oldest first. None for fewer than ten pairs with at most eight hours between them."""
    changes = [abs(b.value - a.value) for a, b in pairwise(moments) if 0 < b.at - a.at <= REFERENCE_GAP]
    if len(changes) < MIN_PAIRS:
        return None
    jumps = sum(change >= ACUTE for change in changes)
    return Jumps(len(changes), jumps / len(changes), *_wilson(jumps, len(changes)))


def measure_volatility(moments: Sequence[Moment]) -> Volatility | None:
    """Takes entries, oldest first. None for fewer than ten pairs with at most three days between them."""
    squares = [
        (b.value - a.value) ** 2 * _growth(REFERENCE_GAP) / _growth(b.at - a.at)
        for a, b in pairwise(moments)
        if 0 < b.at - a.at <= LONGEST_GAP
    ]
    if len(squares) < MIN_PAIRS:
        return None
    acute = sum(square >= ACUTE**2 for square in squares)
    return Volatility(len(squares), fmean(squares), acute / len(squares), *_wilson(acute, len(squares)))


def _growth(gap: float) -> float:
    return 1 - exp(-log(2) * gap / HALF_LIFE)


def _wilson(count: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    share, squared = count / n, NORMAL**2
    centre = (share + squared / (2 * n)) / (1 + squared / n)
    reach = NORMAL * sqrt(share * (1 - share) / n + squared / (4 * n * n)) / (1 + squared / n)
    return max(centre - reach, 0.0), min(centre + reach, 1.0)
