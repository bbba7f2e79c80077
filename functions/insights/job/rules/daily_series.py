"""The days of one person: an outcome and the factors that may go with it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
WINDOW_DAYS = 365  # what lies further back does not describe the present


@dataclass(frozen=True, slots=True)
class DailySeries:
    """Consecutive local days. Every array has one value for each day; nan is unknown.

    A tag is 1 on days with it and 0 on days without it. It is unknown on days without any tag. A measure, such as hours
    of sleep, is a factor with its value.
    """

    first_day: date
    outcome: Numbers  # the mean of the day; nan without an entry
    factors: Mapping[str, Numbers]
    outcome_name: str = "valence"  # on the plan's scale, -10 … 10

    @property
    def entry_days(self) -> int:
        return int(np.isfinite(self.outcome).sum())

    def recent(self, days: int = WINDOW_DAYS) -> "DailySeries":
        """The last days of it."""
        start = max(len(self.outcome) - days, 0)
        return DailySeries(
            date.fromordinal(self.first_day.toordinal() + start),
            self.outcome[start:],
            {name: values[start:] for name, values in self.factors.items()},
            self.outcome_name,
        )
