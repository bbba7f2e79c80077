"""Discoveries: what goes with good and bad days, searched for with one error budget. Pure."""

from collections.abc import Sequence
from math import ceil, sqrt
from statistics import median
from typing import NamedTuple

import numpy as np

from functions.insights.job.rules.association import Association
from functions.insights.job.rules.daily_series import DailySeries
from functions.insights.job.rules.factor_fits import MIN_DAYS_EACH, fit_factors
from functions.insights.job.rules.factor_groups import FactorGroup, group_copies
from functions.insights.job.rules.ledger import LATER_ALPHA, NEXT_DAY, OTHER, SAME_DAY, SHARES
from shared.confidence_intervals import NORMAL, STANDARD

LEVEL = 0.95
CLEAR_EFFECT = 0.8  # in the person's own sd: the days still needed are counted for it
MIN_FACTORS = 8  # with fewer, a common lift of all of them cannot be told from real effects
MEDIAN_SPREAD = 1.2533  # the sd of a median of n standard normal values, times the root of n


class Withheld(NamedTuple):
    """A factor without a finding, and what is missing."""

    factor: str
    names: tuple[str, ...]
    days_with: int  # days with the factor that are still needed before it can be tested
    days_without: int
    days: int  # days with entries that are still needed, at least; 0: an effect of 0.8 sd would probably be found


class Discovery(NamedTuple):
    """The result of one look."""

    tested: tuple[Association, ...]  # all that was tried, with adjusted p
    found: tuple[Association, ...]  # of these, with intervals adjusted for their selection (FCR)
    withheld: tuple[Withheld, ...]  # factors without a finding on the same day
    forgets_tags: bool  # whether tags seem to be forgotten on low days: then all of them seem to go with good days


def discover(mood: DailySeries, alpha: float, others: Sequence[DailySeries] = ()) -> Discovery:
    """Search for associations. `others` are further outcomes of the same days and factors, such as arousal."""
    series = mood.recent()
    groups = group_copies(series.factors)
    same_day = _fits(series, groups, lag=0)
    families = {
        SAME_DAY: same_day,
        NEXT_DAY: _fits(series, groups, lag=1),
        OTHER: [fit for other in others for fit in _fits(other.recent(), groups, lag=0)],
    }
    tested = {name: adjust(fits, SHARES[name]) for name, fits in families.items()}
    found = {name: select(fits, alpha) for name, fits in tested.items()}
    found[SAME_DAY] = _without_echoes(series, groups, found[SAME_DAY], found[NEXT_DAY])
    return Discovery(
        tuple(each for fits in tested.values() for each in fits),
        tuple(each for fits in found.values() for each in fits),
        tuple(_withheld(series, groups, same_day, {each.factor for each in found[SAME_DAY]})),
        forgets_tags(same_day, {group.names[0] for group in groups if group.is_tag}),
    )


def estimate(series: DailySeries, factor: str, lag: int, level: float = LEVEL) -> Association | None:
    """Estimate again what was found before, which spends nothing. None if too few days are left to tell.

    `level` is that of the association when it was found.
    """
    series = series.recent()
    group = [group for group in group_copies(series.factors) if factor in group.names]
    fits = _fits(series, group, lag)
    return fits[0]._replace(level=level) if fits else None


def _fits(series: DailySeries, groups: Sequence[FactorGroup], lag: int) -> list[Association]:
    """On the next day, what goes with the day itself is controlled for: a factor may last for days."""
    return fit_factors(series, groups, lag, control_lag=0 if lag else None)


def _without_echoes(
    series: DailySeries,
    groups: Sequence[FactorGroup],
    same_day: Sequence[Association],
    next_day: Sequence[Association],
) -> list[Association]:
    """What is found for the same day, less what is gone when the day before is controlled for.

    An effect on the next day alone shows on the same day too, the other way round.
    """
    also_next_day = {each.factor for each in next_day}
    doubtful = [group for group in groups if group.names[0] in also_next_day]
    echoes = {fit.factor for fit in fit_factors(series, doubtful, lag=0, control_lag=1) if fit.p > 1 - LEVEL}
    return [each for each in same_day if each.factor not in echoes]


def adjust(fits: Sequence[Association], share: float) -> list[Association]:
    """The fits with p adjusted for all of them (Holm) and for the family's share of alpha, smallest p first."""
    ordered, highest = sorted(fits, key=lambda fit: fit.p), 0.0
    adjusted = []
    for place, fit in enumerate(ordered):
        highest = max(highest, min(fit.p * (len(ordered) - place) / share, 1.0))
        adjusted.append(fit._replace(adjusted_p=highest))
    return adjusted


def select(adjusted: Sequence[Association], alpha: float) -> list[Association]:
    """Those that are found, with the level of their intervals raised for their selection (Benjamini-Yekutieli 2005)."""
    found = [fit for fit in adjusted if fit.adjusted_p <= alpha]
    return [fit._replace(level=1 - (1 - LEVEL) * len(found) / len(adjusted)) for fit in found]


def forgets_tags(same_day: Sequence[Association], tags: set[str]) -> bool:
    """Whether tags as a whole go with good days, as they do when they are forgotten on low ones.

    The median is not moved by the few that truly do.
    """
    scores = [fit.effect / fit.standard_error for fit in same_day if fit.factor in tags]
    return len(scores) >= MIN_FACTORS and median(scores) > NORMAL * MEDIAN_SPREAD / sqrt(len(scores))


def _withheld(
    series: DailySeries, groups: Sequence[FactorGroup], same_day: Sequence[Association], found: set[str]
) -> list[Withheld]:
    fits = {fit.factor: fit for fit in same_day}
    clear = CLEAR_EFFECT * float(np.nanstd(series.outcome, ddof=1)) if fits else 0.0
    return [
        _untested(series, group) if fit is None else Withheld(*fit[:2], 0, 0, _days_needed(fit, clear, len(fits)))
        for group in groups
        if group.names[0] not in found
        for fit in [fits.get(group.names[0])]
    ]


def _days_needed(fit: Association, effect: float, tested: int) -> int:
    """Days with entries until such an effect has an even chance to be found beside as many other tests."""
    quantile = STANDARD.inv_cdf(1 - LATER_ALPHA * SHARES[SAME_DAY] / tested / 2)
    days = fit.n_with + fit.n_without
    return max(ceil(days * (quantile * fit.standard_error / effect) ** 2) - days, 0)


def _untested(series: DailySeries, group: FactorGroup) -> Withheld:
    known = group.values[np.isfinite(group.values) & np.isfinite(series.outcome)]
    days_with = int((known > (0.5 if group.is_tag else known.mean())).sum()) if len(known) else 0
    missing_with = max(MIN_DAYS_EACH - days_with, 0)
    missing_without = max(MIN_DAYS_EACH - (len(known) - days_with), 0)
    return Withheld(group.names[0], group.names, missing_with, missing_without, max(missing_with, missing_without))
