"""The reminder trial: days drawn by lot on which no reminder is sent, and the effect of reminders that they show.

The lot does not depend on how a day goes, so days with and without a reminder differ only in the reminder (a
micro-randomised trial with one person). Every day has the same chance, so weighting by the inverse of the chance
comes down to comparing two means. Pure.
"""

from collections.abc import Sequence
from math import sqrt
from random import Random
from statistics import fmean, variance
from typing import NamedTuple

from shared.confidence_intervals import student_t

QUIET_CHANCE = 0.3  # the chance of a day without a reminder
MIN_DAYS_EACH = 3  # days with, and days without a reminder


class TrialDay(NamedTuple):
    has_reminders: bool
    done_share: float  # of the day's activities


class ReminderEffectEstimate(NamedTuple):
    difference: float
    standard_error: float
    low: float
    high: float
    days_with_reminders: int
    days_without_reminders: int


class Spread(NamedTuple):
    standard_error: float
    freedom: float

    @property
    def reach(self) -> float:
        """Half the width of the 95 % interval."""
        return self.standard_error * student_t(self.freedom)


def is_quiet(seed: int, day: int) -> bool:
    """Whether a day of the plan has no reminder. The same seed and day give the same answer."""
    return Random(f"{seed} {day}").random() < QUIET_CHANCE  # noqa: S311 - a lot, not a secret


def estimate_reminder_effect(days: Sequence[TrialDay]) -> ReminderEffectEstimate | None:
    """The share done on days with a reminder less the share on days without, or None with too few days of either."""
    reminded = [day.done_share for day in days if day.has_reminders]
    quiet = [day.done_share for day in days if not day.has_reminders]
    if min(len(reminded), len(quiet)) < MIN_DAYS_EACH:
        return None
    difference = fmean(reminded) - fmean(quiet)
    spread = _spread(reminded, quiet)
    low, high = max(difference - spread.reach, -1.0), min(difference + spread.reach, 1.0)
    return ReminderEffectEstimate(difference, spread.standard_error, low, high, len(reminded), len(quiet))


def _spread(a: Sequence[float], b: Sequence[float]) -> Spread:
    """The wider of Welch's interval, with a variance for each group, and the pooled one, with a common variance.

    If all days of both groups are alike, their variance is not taken to be zero: one more day could differ.
    """
    freedom = len(a) + len(b) - 2
    common = ((len(a) - 1) * variance(a) + (len(b) - 1) * variance(b)) / freedom or 1 / (freedom + 2)
    pooled = Spread(sqrt(common * (1 / len(a) + 1 / len(b))), freedom)
    from_a, from_b = variance(a) / len(a), variance(b) / len(b)
    if from_a + from_b == 0:
        return pooled
    welch = (from_a + from_b) ** 2 / (from_a**2 / (len(a) - 1) + from_b**2 / (len(b) - 1))
    return max(pooled, Spread(sqrt(from_a + from_b), welch), key=lambda spread: spread.reach)
