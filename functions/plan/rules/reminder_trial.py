"""Days without a reminder, drawn by lot for those who want to know whether reminders help them, and what they tell.

The lot knows nothing of how a day will go, so days with a reminder differ from those without in nothing else: what
lies between them is what the reminder did (a micro-randomised trial with one person). The chance is the same every
day, so weighing each day by the inverse of its chance comes down to comparing two means.
"""

from collections.abc import Sequence
from math import sqrt
from random import Random
from statistics import fmean, variance
from typing import NamedTuple

from shared.intervals import student_t

QUIET = 0.3  # the chance of a day without a reminder
FEWEST = 3  # days of either sort that can be compared


class DayTold(NamedTuple):
    prompted: bool
    done_share: float


class PromptEffect(NamedTuple):
    difference: float
    standard_error: float
    low: float
    high: float
    prompted_days: int
    quiet_days: int


class Spread(NamedTuple):
    standard_error: float
    freedom: float

    @property
    def reach(self) -> float:
        return self.standard_error * student_t(self.freedom)


def quiet(seed: int, day: int) -> bool:
    return Random(f"{seed} {day}").random() < QUIET  # noqa: S311 - a lot, not a secret


def prompt_effect(days: Sequence[DayTold]) -> PromptEffect | None:
    """How much more of a day is done with a reminder; None while the days cannot tell."""
    prompted = [day.done_share for day in days if day.prompted]
    unprompted = [day.done_share for day in days if not day.prompted]
    if min(len(prompted), len(unprompted)) < FEWEST:
        return None
    difference = fmean(prompted) - fmean(unprompted)
    spread = _spread(prompted, unprompted)
    low, high = max(difference - spread.reach, -1.0), min(difference + spread.reach, 1.0)
    return PromptEffect(difference, spread.standard_error, low, high, len(prompted), len(unprompted))


def _spread(a: Sequence[float], b: Sequence[float]) -> Spread:
    """The wider of two: one lets both sorts of days vary as they do, one lets the many speak for the few.

    Days that were all alike are not believed to stay so: one more of them might have gone quite otherwise.
    """
    freedom = len(a) + len(b) - 2
    together = ((len(a) - 1) * variance(a) + (len(b) - 1) * variance(b)) / freedom or 1 / (freedom + 2)
    pooled = Spread(sqrt(together * (1 / len(a) + 1 / len(b))), freedom)
    from_a, from_b = variance(a) / len(a), variance(b) / len(b)
    if from_a + from_b == 0:
        return pooled
    welch = (from_a + from_b) ** 2 / (from_a**2 / (len(a) - 1) + from_b**2 / (len(b) - 1))
    return max(pooled, Spread(sqrt(from_a + from_b), welch), key=lambda spread: spread.reach)
