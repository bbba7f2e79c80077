"""The fits of many factors to one outcome, as associations. Pure."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from functions.insights.job.rules.association import Association
from functions.insights.job.rules.daily_series import DailySeries
from functions.insights.job.rules.factor_groups import FactorGroup
from functions.insights.job.rules.regression import regress
from shared.confidence_intervals import two_sided_p

MIN_DAYS = 14
MIN_DAYS_EACH = 5  # days with, and days without a factor

Days = NDArray[np.intp]


def fit_factors(
    series: DailySeries, groups: Sequence[FactorGroup], lag: int, control_lag: int | None = None
) -> list[Association]:
    """Fit the outcome of the series to each factor that has enough days. `adjusted_p` is the p of its own test alone.

    With a control lag, the factor's value at that lag is partialled out.
    """
    alike: dict[bytes, tuple[Days, list[FactorGroup]]] = {}  # most factors are known on the same days
    for group in groups:
        days = _usable_days(series, group, lag, lag if control_lag is None else control_lag)
        alike.setdefault(days.tobytes(), (days, []))[1].append(group)
    return [
        fit
        for days, same in alike.values()
        if len(days) >= MIN_DAYS
        for fit in _fits(series, same, days, lag, control_lag)
    ]


def _usable_days(series: DailySeries, group: FactorGroup, *lags: int) -> Days:
    """Days on which the outcome is known, and the factor at each lag."""
    usable = np.isfinite(series.outcome)
    for lag in lags:
        usable = usable & np.concatenate([np.zeros(lag, dtype=bool), np.isfinite(group.values)])[: len(usable)]
    return np.flatnonzero(usable)


def _fits(
    series: DailySeries, groups: Sequence[FactorGroup], days: Days, lag: int, control_lag: int | None
) -> Iterator[Association]:
    outcome, is_tag = series.outcome[days], np.array([group.is_tag for group in groups])
    factors = np.column_stack([group.values[days - lag] for group in groups])
    controls = None if control_lag is None else np.column_stack([group.values[days - control_lag] for group in groups])
    days_with = (factors > np.where(is_tag, 0.5, factors.mean(axis=0))).sum(axis=0)
    units = np.where(is_tag, 1.0, factors.std(axis=0))
    fit, spread = regress(outcome, days.astype(float), factors, controls), outcome.std(ddof=1)
    for place, group in enumerate(groups):
        effect, error = fit.effect[place] * units[place], fit.standard_error[place] * units[place]
        counts = int(days_with[place]), int(len(days) - days_with[place])
        if min(counts) < MIN_DAYS_EACH or not error > 0:
            continue
        p = two_sided_p(effect / error, fit.freedom)
        yield Association(
            factor=group.names[0],
            names=group.names,
            outcome=series.outcome_name,
            lag=lag,
            unit=float(units[place]),
            effect=float(effect),
            effect_sd=float(effect / spread),
            standard_error=float(error),
            freedom=fit.freedom,
            p=p,
            adjusted_p=p,
            n_with=counts[0],
            n_without=counts[1],
            n_effective=float(fit.n_effective[place]),
        )
