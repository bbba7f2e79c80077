"""Discoveries: what goes with good and bad days, tested with one error budget. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from functions.insights.rules.association import Association
from functions.insights.rules.daily_series import DailySeries


class Withheld(NamedTuple):
    """A factor that cannot be shown, and what is missing."""

    factor: str
    names: tuple[str, ...]
    days_with: int  # days with the factor that are still needed before it is tested
    days_without: int
    days: int  # days with entries, until an effect of 0.8 of the person's sd would probably be found


class Discovery(NamedTuple):
    """The result of one look."""

    tested: tuple[Association, ...]  # all that was tried, with adjusted p
    found: tuple[Association, ...]  # of these, with intervals adjusted for their selection (FCR)
    withheld: tuple[Withheld, ...]  # factors without a finding
    forgets_tags: bool  # whether fewer tags are given on low days: then every tag seems to go with good days


def discover(mood: DailySeries, alpha: float, others: Sequence[DailySeries] = ()) -> Discovery:
    """Search for associations. `others` are further outcomes of the same days and factors, such as arousal."""
    raise NotImplementedError


def estimate(series: DailySeries, factor: str, lag: int, level: float = 0.95) -> Association | None:
    """Estimate again what was found before, which spends nothing. None if too few days are left to tell."""
    raise NotImplementedError
