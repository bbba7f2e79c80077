"""Factors that cannot be told apart, grouped. Pure.

Two factors that are nearly always given together have one effect. Tested apart, one would be shown as the other's.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from functions.insights.job.rules.daily_series import Numbers

COPY_CORRELATION = 0.9


class FactorGroup(NamedTuple):
    names: tuple[str, ...]  # the first one stands for all of them
    values: Numbers
    is_tag: bool  # or a measure


def group_copies(factors: Mapping[str, Numbers]) -> list[FactorGroup]:
    """Each factor joins the first one, in alphabetical order, that it correlates with by 0.9 or more."""
    names = sorted(factors)
    if not names:
        return []
    correlations = _correlations(np.column_stack([factors[name] for name in names]))
    members: dict[int, list[str]] = {}
    for place, name in enumerate(names):
        like = [first for first in members if correlations[first, place] >= COPY_CORRELATION]
        members.setdefault(like[0] if like else place, []).append(name)
    return [FactorGroup(tuple(group), factors[group[0]], _is_tag(factors[group[0]])) for group in members.values()]


def _is_tag(values: Numbers) -> bool:
    return bool((np.isnan(values) | (values == 0) | (values == 1)).all())


def _correlations(values: Numbers) -> Numbers:
    """Between all columns, with a column's mean in place of what is unknown. A constant column correlates with none."""
    known = np.isfinite(values)
    means = np.where(known, values, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, values - means, 0)
    size = np.sqrt((centred**2).sum(axis=0))
    scaled = np.divide(centred, size, out=np.zeros_like(centred), where=size > 0)
    correlations: Numbers = scaled.T @ scaled
    return correlations
