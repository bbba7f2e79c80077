"""Which single moods are outcomes."""

from datetime import date

import numpy as np

from functions.insights.job.rules.daily_series import DailySeries
from functions.insights.job.rules.mood_outcomes import frequent_moods


def told_on(days: int, name: str, entry_days: int = 100) -> DailySeries:
    """Told on so many of the days with an entry; a hundred days have none."""
    outcome = np.full(entry_days + 100, np.nan)
    outcome[:entry_days] = np.where(np.arange(entry_days) < days, 100.0, 0.0)
    return DailySeries(date(2026, 1, 1), outcome, {}, name)


def names(*moods: DailySeries) -> list[str]:
    return [mood.outcome_name for mood in frequent_moods(moods)]


def test_the_three_most_frequent_moods_are_outcomes() -> None:
    """Of equally frequent ones, the first by name."""
    moods = [told_on(20, "d"), told_on(40, "c"), told_on(60, "b"), told_on(40, "a")]

    assert names(*moods) == ["b", "a", "c"]


def test_a_mood_of_too_few_or_nearly_all_days_is_none() -> None:
    """The share is that of the days with an entry."""
    assert names(told_on(9, "rare"), told_on(10, "few"), told_on(90, "most"), told_on(91, "always")) == ["most", "few"]


def test_only_the_last_year_counts() -> None:
    """A mood that was frequent before is none now."""
    assert names(told_on(300, "before", entry_days=800)) == []
