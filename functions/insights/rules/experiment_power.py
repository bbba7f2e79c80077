"""The chance that an experiment shows an effect. Pure, and without numpy: it is told before the start."""

from math import sqrt
from statistics import NormalDist

EFFECT = 0.8  # in standard deviations of a person's daily moods
GAIN = 1.06  # of precision, by drawing within weeks; fitted to simulations (docs/insights.md)


def power(days: int) -> float:
    """The chance to show an effect of 0.8 standard deviations, if there is a mood on each day and every draw is kept."""
    normal = NormalDist()
    return round(normal.cdf(EFFECT * sqrt(days) / 2 * GAIN - normal.inv_cdf(0.975)), 2)
