"""Single moods as outcomes: on which days a mood was told. Pure."""

from collections.abc import Iterable

import numpy as np

from functions.insights.job.rules.daily_series import DailySeries

TOLD, NOT_TOLD = 100.0, 0.0  # so that an effect is in days of a hundred
LEAST_SHARE, MOST_SHARE = 0.10, 0.90  # of the days with entries: beyond them a day too few decides
MOST_OUTCOMES = 3  # each further one takes power from all other outcomes


def frequent_moods(moods: Iterable[DailySeries]) -> list[DailySeries]:
    """The moods that are worth a test, at most three: the most frequent ones that vary from day to day."""
    shares = [(float(np.nanmean(mood.recent().outcome)) / TOLD, mood) for mood in moods]
    usable = [(share, mood) for share, mood in shares if LEAST_SHARE <= share <= MOST_SHARE]
    return [mood for _, mood in sorted(usable, key=lambda each: (-each[0], each[1].outcome_name))[:MOST_OUTCOMES]]
