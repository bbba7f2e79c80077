"""The fits of many factors to one outcome, as associations. Pure."""

from collections.abc import Iterator, Sequence

import numpy as np

from functions.insights.rules.association import Association
from functions.insights.rules.daily_series import Numbers
from functions.insights.rules.factor_groups import FactorGroup
from functions.insights.rules.regression import regress
from shared.confidence_intervals import two_sided_p

MIN_DAYS = 14
MIN_DAYS_EACH = 5  # days with, and days without a factor


def fit_factors(outcome: Numbers, outcome_name: str, groups: Sequence[FactorGroup], lag: int) -> list[Association]:
    """Fit every factor that has enough days. `adjusted_p` is the p of its own test alone.

    At lag 1 the factor's value of the same day is controlled for: a factor that lasts for days would otherwise seem to
    work on the next day.
    """
    if not groups:
        return []
    today = np.column_stack([group.values for group in groups])
    factors = np.concatenate([np.full((lag, len(groups)), np.nan), today])[: len(today)]
    usable = np.isfinite(outcome)[:, None] & np.isfinite(factors) & np.isfinite(today if lag else factors)
    columns_by_days: dict[bytes, list[int]] = {}  # most factors are known on the same days
    for column in range(len(groups)):
        columns_by_days.setdefault(usable[:, column].tobytes(), []).append(column)
    fits: list[Association] = []
    for columns in columns_by_days.values():
        days = np.flatnonzero(usable[:, columns[0]])
        if len(days) >= MIN_DAYS:
            rows = np.ix_(days, columns)
            same = [groups[column] for column in columns]
            controls = today[rows] if lag else None
            fits += _fits(outcome[days], outcome_name, days.astype(float), same, factors[rows], controls, lag)
    return fits


def _fits(  # noqa: PLR0913 - the parts of one regression
    outcome: Numbers,
    outcome_name: str,
    days: Numbers,
    groups: Sequence[FactorGroup],
    factors: Numbers,
    controls: Numbers | None,
    lag: int,
) -> Iterator[Association]:
    with_it = (factors > np.where([group.is_tag for group in groups], 0.5, factors.mean(axis=0))).sum(axis=0)
    units = np.where([group.is_tag for group in groups], 1.0, factors.std(axis=0))
    fit, spread = regress(outcome, days, factors, controls), outcome.std(ddof=1)
    for place, group in enumerate(groups):
        effect, error = fit.effect[place] * units[place], fit.standard_error[place] * units[place]
        counts = int(with_it[place]), int(len(days) - with_it[place])
        if min(counts) < MIN_DAYS_EACH or not error > 0:
            continue
        p = two_sided_p(effect / error, fit.freedom)
        yield Association(
            factor=group.names[0],
            names=group.names,
            outcome=outcome_name,
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
