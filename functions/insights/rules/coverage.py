"""On how many days there is an entry, and what the days without one may hide. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from math import sqrt
from statistics import fmean, pvariance
from typing import Literal, NamedTuple, TypeAlias

Caveat: TypeAlias = Literal["none", "few_days", "gaps_follow_low_days", "gaps"]

FULL = 0.8  # of the days: gaps of fewer are not worth a word
FEW = 5
MIN_GAPS = 8
CLEAR = 2.0  # standard errors
_DAY = timedelta(days=1)


class Coverage(NamedTuple):
    days: int  # of the range, until today
    days_with_entries: int
    longest_gap: int
    caveat: Caveat  # what a reader must bear in mind

    @property
    def share(self) -> float:
        return self.days_with_entries / self.days if self.days else 0.0


def measure_coverage(daily: Mapping[date, float], first: date, last: date) -> Coverage:
    """Takes the daily means within the range, in order, and the range without days to come."""
    total = max((last - first).days + 1, 0)
    marks = [first - _DAY, *daily, last + _DAY]
    longest = max((b - a).days - 1 for a, b in pairwise(marks)) if total else 0
    return Coverage(total, len(daily), longest, _caveat(daily, total, last))


def _caveat(daily: Mapping[date, float], total: int, last: date) -> Caveat:
    if len(daily) < FEW:
        return "few_days"
    if len(daily) >= FULL * total:
        return "none"
    return "gaps_follow_low_days" if _gaps_follow_low_days(daily, last) else "gaps"


def _gaps_follow_low_days(daily: Mapping[date, float], last: date) -> bool:
    """Whether the days before a gap are clearly lower than the other ones."""
    before_gap = [value for day, value in daily.items() if day < last and day + _DAY not in daily]
    others = [value for day, value in daily.items() if day + _DAY in daily]
    if min(len(before_gap), len(others)) < MIN_GAPS:
        return False
    error = sqrt(pvariance(before_gap) / len(before_gap) + pvariance(others) / len(others))
    return fmean(others) - fmean(before_gap) > CLEAR * error
