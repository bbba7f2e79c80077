"""Round numbers for the ticks of an axis."""

from math import ceil, floor, log10
from typing import NamedTuple

STEPS = (1, 2, 5, 10)


class Axis(NamedTuple):
    low: float
    high: float
    ticks: list[float]

    def share(self, value: float) -> float:
        """Where a value lies, from 0 at the low end to 1 at the high end."""
        return (value - self.low) / (self.high - self.low)


def axis_over(low: float, high: float, most: int = 5) -> Axis:
    """An axis that contains both values, with about `most` ticks."""
    if low == high:
        low, high = low - 1, high + 1
    rough = (high - low) / most
    power = 10 ** floor(log10(rough))
    step = next(factor * power for factor in STEPS if factor * power >= rough * 0.999)
    first, last = floor(low / step), ceil(high / step)
    return Axis(first * step, last * step, [number * step for number in range(first, last + 1)])
