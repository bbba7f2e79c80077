"""Days of simulated people for the tests of associations."""

from collections.abc import Mapping
from datetime import date

import numpy as np

from functions.insights.job.rules.daily_series import DailySeries, Numbers

FIRST_DAY = date(2026, 1, 5)  # a Monday


def series(outcome: Numbers, factors: Mapping[str, Numbers]) -> DailySeries:
    return DailySeries(FIRST_DAY, outcome, factors)


def autocorrelated(rng: np.random.Generator, days: int, phi: float) -> Numbers:
    """An AR(1) process of variance 1."""
    values = rng.normal(size=days)
    for day in range(1, days):
        values[day] = phi * values[day - 1] + np.sqrt(1 - phi**2) * values[day]
    return values


def tags(rng: np.random.Generator, days: int, count: int, prevalence: float = 0.4) -> dict[str, Numbers]:
    return {f"tag {number:02}": (rng.random(days) < prevalence).astype(float) for number in range(count)}
