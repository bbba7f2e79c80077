"""The chance that an experiment shows an effect, told before the start. Pure, without numpy.

An approximation of `experiment.expected_power`, which needs numpy.
"""

from math import sqrt

from functions.insights.rules.experiment_draw import BLOCK
from shared.confidence_intervals import STANDARD, student_t

EFFECT = 0.8  # in standard deviations of a person's daily moods
GAIN = 1.127  # of precision, as only days of the same week are compared


def power(days: int) -> float:
    """The chance to show an effect of 0.8 standard deviations, if there is a mood on each day and every draw is kept."""
    freedom = days - -(-days // BLOCK) - 1
    return round(STANDARD.cdf(GAIN * EFFECT * sqrt(days) / 2 - student_t(freedom)), 2)
