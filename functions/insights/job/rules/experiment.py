"""The analysis of an experiment: a randomisation test with its interval. Pure.

Days are compared as they were drawn, kept or not (intention to treat). The effect is that of a regression with a trend
and AR(1) errors, so that a day is mostly compared with its neighbours. The test does not rely on these assumptions: it
compares the effect with the effects under other draws, and only the draw decides its error rate.
"""

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from functions.insights.job.rules.autocorrelation import whiten
from functions.insights.job.rules.daily_series import Numbers
from functions.insights.job.rules.regression import whitened_rest
from functions.insights.rules.experiment_draw import draw
from functions.insights.rules.experiment_power import USUAL_PHI

OTHER_DRAWS = 1999  # with the experiment's own draw, 2,000
ALPHA = 0.05
MIN_DAYS_EACH = 5  # yes-days, and no-days, with a mood
DECIMALS = 9  # equal moods leave differences of about 1e-15, which are none
MIN_KEPT_DIFFERENCE = 0.5  # of the share of days on which it was done, between yes-days and no-days


Draws = NDArray[np.bool_]  # (days,), or (draws, days)
Days = NDArray[np.intp]


class VerdictCode(StrEnum):
    HELPED = "helped"  # in this experiment
    NOT_SHOWN = "not_shown"  # no benefit could be shown
    NOT_TOLD = "not_told"  # too few days with a mood, or yes-days too much like no-days


class ExperimentResult(NamedTuple):
    """`effect`, `low`, `high` and `p` are None if nothing can be told."""

    verdict: VerdictCode
    yes_days: int  # with a mood
    no_days: int
    kept_on_yes_days: float | None  # share of the days with an answer; None without one
    kept_on_no_days: float | None
    effect: float | None = None  # of being assigned a yes-day, in units of the outcome
    low: float | None = None  # 95 % interval
    high: float | None = None
    p: float | None = None


def analyse(drawn: Sequence[bool], moods: Numbers, kept: Numbers) -> ExperimentResult:
    """The verdict at the end. Each day has its draw, the mean mood after the reminder, and 1 or 0 for done or not.

    A mood that is missing and a question that was not answered are nan.
    """
    yes = np.array(drawn)
    days = np.flatnonzero(np.isfinite(moods))
    yes_days = int(yes[days].sum())
    counts = yes_days, len(days) - yes_days
    shares = _share(kept[yes]), _share(kept[~yes])
    apart = shares[0] is not None and shares[1] is not None and shares[0] - shares[1] >= MIN_KEPT_DIFFERENCE
    if min(counts) < MIN_DAYS_EACH or not apart:
        return ExperimentResult(VerdictCode.NOT_TOLD, *counts, *shares)
    effect, low, high, p = randomisation_test(yes, moods[days], days)
    if not isfinite(high - low):
        return ExperimentResult(VerdictCode.NOT_TOLD, *counts, *shares)
    verdict = VerdictCode.HELPED if low > 0 else VerdictCode.NOT_SHOWN
    return ExperimentResult(verdict, *counts, *shares, effect, low, high, p)


def randomisation_test(yes: Draws, moods: Numbers, days: Days) -> tuple[float, float, float, float]:
    """The effect, its 95 % interval and p. `yes` is the whole draw; the moods are those of `days`.

    The interval holds every effect d that the test would not reject: with d taken off the yes-days, at least 5 % of the
    draws show as large a difference as the experiment's own. For each draw, these are the d between two solutions.
    A bound is infinite if so few days have a mood that too many draws agree on all of them.
    """
    own, own_size = _contrasts(yes[None, :], days)
    others, _ = _contrasts(_other_draws(len(yes)), days)
    a0, b0 = round(float((own @ moods)[0]), DECIMALS), float(own_size[0])
    a, b = np.round(others @ moods, DECIMALS), others @ yes[days]
    with np.errstate(divide="ignore", invalid="ignore"):
        solutions = np.stack([(a0 - a) / (b0 - b), (a0 + a) / (b0 + b)])
    same = b0 - np.abs(b) < 1e-9 * b0  # the same comparison as the experiment's own: as large for every d
    lows = np.where(same, -np.inf, solutions.min(axis=0))
    highs = np.where(same, np.inf, solutions.max(axis=0))
    as_large = ((lows <= 0) & (highs >= 0)).sum()
    lows, highs, rank = np.sort(lows), np.sort(highs), round(ALPHA * (OTHER_DRAWS + 1)) - 1
    return a0 / b0, float(lows[rank]), float(highs[-1 - rank]), float((1 + as_large) / (OTHER_DRAWS + 1))


@lru_cache(maxsize=8)
def _other_draws(days: int) -> Draws:
    """The draws that the own one is compared with, the same ones for everyone: by the seeds "other 1" and so on."""
    return np.array([draw(f"other {number}", days) for number in range(1, OTHER_DRAWS + 1)])


def _contrasts(draws: Draws, days: Days) -> tuple[Numbers, Numbers]:
    """For each draw the weights of the days, and the size: weights @ moods / size is the effect."""
    at = days.astype(float)
    whitening = whiten(np.eye(len(at)), at, USUAL_PHI)
    basis = np.linalg.qr(whitening @ np.column_stack([np.ones_like(at), at - at.mean()]))[0]
    left = whitened_rest(draws[:, days].T.astype(float), at, USUAL_PHI, basis).T
    sizes = np.sqrt((left**2).sum(axis=1))
    return np.divide(left, sizes[:, None], out=np.zeros_like(left), where=sizes[:, None] > 0) @ whitening, sizes


def _share(kept: Numbers) -> float | None:
    answers = kept[np.isfinite(kept)]
    return float(answers.mean()) if len(answers) else None
