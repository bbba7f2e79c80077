"""The chance that an experiment shows an effect, told before the start. Pure, without numpy.

An approximation for a regression with AR(1) errors. `mend evaluate --insights` compares it with simulated experiments.
"""

from math import sqrt

from functions.insights.rules.experiment_draw import BLOCK
from shared.confidence_intervals import STANDARD, student_t

EFFECT = 0.8  # in standard deviations of a person's daily moods
USUAL_PHI = 0.4  # of daily moods; decided before any experiment
REPEATS = -1 / BLOCK  # the correlation of a draw with the next day's: a yes makes another one in its block less likely
PRECISION = (1 + USUAL_PHI**2 - 2 * USUAL_PHI * REPEATS) / (1 - USUAL_PHI**2)  # over that with independent errors


def power(days: int) -> float:
    """The chance to show an effect of 0.8 standard deviations, if every day has a mood and keeps to its draw."""
    score = EFFECT * sqrt((days - 2) * PRECISION) / 2
    return round(STANDARD.cdf(score - student_t(days - 3)), 2)
