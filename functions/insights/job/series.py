"""Builds the daily series of a person from the sums of their entries, their measures and their settings of factors."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

import numpy as np

from functions.insights.job.queries import DaySumsRow, PersonData
from functions.insights.job.rules.daily_series import DailySeries, Numbers
from functions.insights.job.rules.mood_outcomes import NOT_TOLD, TOLD, frequent_moods
from functions.insights.rules.factor_names import FactorNames, FactorSetting
from shared.factors import factor_name

MEASURE = "\x00"  # begins the name of a measure among the factors; no text that Postgres stores has this character


class PersonSeries(NamedTuple):
    """The outcomes of the same days and factors."""

    mood: DailySeries
    arousal: DailySeries
    moods: Mapping[str, DailySeries]  # each mood that was told, by the name of the outcome

    @property
    def tested_outcomes(self) -> list[DailySeries]:
        """The outcomes that a look tests beside the mood of the day."""
        return [self.arousal, *frequent_moods(self.moods.values())]

    def of(self, outcome: str) -> DailySeries | None:
        """The series of an outcome, None for a mood that was not told."""
        return {"valence": self.mood, "arousal": self.arousal, **self.moods}.get(outcome)

    @property
    def last_day(self) -> date:
        return date.fromordinal(self.mood.first_day.toordinal() + len(self.mood.outcome) - 1)


def build_series(data: PersonData) -> PersonSeries | None:
    """Returns None without an entry."""
    if not data.days:
        return None
    first = data.days[0].day
    length = (data.days[-1].day - first).days + 1
    factors = {**_tags(data, first, length), **_measures(data, first, length)}
    mood = _outcome(data, first, length, lambda day: day.value_sum)
    arousal = _outcome(data, first, length, lambda day: day.arousal_sum)
    moods = {
        f"mood:{name}": DailySeries(first, _told(data, first, length, name), factors, f"mood:{name}")
        for name in sorted({name for day in data.days for name in day.moods})
    }
    return PersonSeries(DailySeries(first, mood, factors), DailySeries(first, arousal, factors, "arousal"), moods)


def _outcome(data: PersonData, first: date, length: int, total: Callable[[DaySumsRow], float]) -> Numbers:
    values = np.full(length, np.nan)
    for day in data.days:
        values[(day.day - first).days] = total(day) / day.entries
    return values


def _told(data: PersonData, first: date, length: int, mood: str) -> Numbers:
    values = np.full(length, np.nan)
    for day in data.days:
        values[(day.day - first).days] = TOLD if mood in day.moods else NOT_TOLD
    return values


def _tags(data: PersonData, first: date, length: int) -> Mapping[str, Numbers]:
    """Each factor as 1 or 0. A day without any tag is unknown: the person may not have tagged."""
    names = FactorNames(FactorSetting(row.factor, row.hidden, row.alias_of) for row in data.settings)
    tagged = np.full(length, np.nan)
    days_by_factor: dict[str, list[int]] = {}
    for day in data.days:
        place = (day.day - first).days
        if day.tagged_entries:
            tagged[place] = 0.0
        for label in day.factors:
            days_by_factor.setdefault(names.name_of(label), []).append(place)
    return {
        name: _with_ones(tagged, places) for name, places in sorted(days_by_factor.items()) if not names.is_hidden(name)
    }


def _with_ones(values: Numbers, places: list[int]) -> Numbers:
    values = values.copy()
    values[places] = 1.0
    return values


def _measures(data: PersonData, first: date, length: int) -> Mapping[str, Numbers]:
    names = FactorNames(FactorSetting(row.factor, row.hidden, row.alias_of) for row in data.settings)
    series: dict[str, Numbers] = {}
    for row in data.measures:
        place = (row.day - first).days
        if 0 <= place < length and not names.is_hidden(factor_name(row.name)):
            series.setdefault(MEASURE + row.name, np.full(length, np.nan))[place] = row.value
    return series
