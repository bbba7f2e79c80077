"""The regression of an outcome on each of many factors, one at a time, with AR(1) errors. Pure."""

from typing import NamedTuple

import numpy as np

from functions.insights.job.rules.autocorrelation import estimate_phi, whiten
from functions.insights.job.rules.daily_series import Numbers

WEEKDAYS_FROM = 28  # days with entries
LEAST_F = 1.5  # of the weekday terms: below it they cost more power than they prevent error
NEGLIGIBLE = 1e-12  # of the sum of squares: less is left only by rounding, where trend and weekdays explain all


class Fit(NamedTuple):
    """The arrays have one value for each factor: nan where trend and weekdays explain it, or the outcome, fully."""

    effect: Numbers
    standard_error: Numbers
    n_effective: Numbers
    freedom: float


def regress(outcome: Numbers, days: Numbers, factors: Numbers, controls: Numbers | None = None) -> Fit:
    """Fit the outcome (n,) of its days (n,) to each column of the factors (n, k). No value is missing.

    Trend and weekdays are partialled out of the outcome and of the factors. So is, for each factor, the column of
    `controls` (n, k) in the same place.
    """
    base, phi = _fit_base(outcome, days)
    basis = np.linalg.qr(whiten(base, days, phi))[0]
    y, x = whitened_rest(outcome[:, None], days, phi, basis), whitened_rest(factors, days, phi, basis)
    freedom = len(days) - base.shape[1] - 1
    if controls is not None:
        z = whitened_rest(controls, days, phi, basis)
        y, x = _partial_out(y, z), _partial_out(x, z)
        freedom -= 1
    raw, left = ((factors - factors.mean(axis=0)) ** 2).sum(axis=0), (x**2).sum(axis=0)
    is_left = (left > NEGLIGIBLE * (factors**2).sum(axis=0)) & ((y**2).sum(axis=0) > NEGLIGIBLE * (outcome @ outcome))
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.where(is_left, (x * y).sum(axis=0) / left, np.nan)
        variance = np.maximum((y**2).sum(axis=0) - effect**2 * left, 0) / freedom
        n_effective = len(days) * np.minimum(left / raw, 1)
        return Fit(effect, np.sqrt(variance / left), n_effective, freedom)


def _fit_base(outcome: Numbers, days: Numbers) -> tuple[Numbers, float]:
    """The columns level, trend and, if the outcome differs by weekday, weekdays; and phi of what they leave."""
    level = np.column_stack([np.ones_like(days), (days - days.mean()) / max(np.ptp(days), 1)])
    if len(days) < WEEKDAYS_FROM:
        return level, _phi(outcome, days, level)
    full = np.column_stack([level, *((days % 7 == weekday).astype(float) for weekday in range(6))])
    phi = _phi(outcome, days, full)
    if _weekday_f(outcome, days, full, phi) >= LEAST_F:
        return full, phi
    return level, _phi(outcome, days, level)


def _phi(outcome: Numbers, days: Numbers, base: Numbers) -> float:
    basis = np.linalg.qr(base)[0]
    return estimate_phi(outcome - basis @ (basis.T @ outcome), days, basis)


def _weekday_f(outcome: Numbers, days: Numbers, full: Numbers, phi: float) -> float:
    """The F statistic of all columns after level and trend."""
    y = whiten(outcome[:, None], days, phi)[:, 0]
    explained = (np.linalg.qr(whiten(full, days, phi))[0].T @ y) ** 2
    weekdays, left = explained[2:], y @ y - explained.sum()
    return float(weekdays.mean() / (left / (len(days) - full.shape[1]))) if left > 0 else 0.0


def whitened_rest(columns: Numbers, days: Numbers, phi: float, basis: Numbers) -> Numbers:
    """What is left of the whitened columns (n, k) when those of the whitened base are partialled out."""
    whitened = whiten(columns, days, phi)
    rest: Numbers = whitened - basis @ (basis.T @ whitened)
    return rest


def _partial_out(columns: Numbers, controls: Numbers) -> Numbers:
    size = (controls**2).sum(axis=0)
    share = np.divide((columns * controls).sum(axis=0), size, out=np.zeros_like(size), where=size > 0)
    left: Numbers = columns - share * controls
    return left
