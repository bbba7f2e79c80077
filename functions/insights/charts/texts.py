"""The words of charts, tables and the report, from `texts/<language>.json`."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from functions.insights.factor_models import FactorEffect
from functions.insights.models import Granularity
from functions.insights.number_texts import NumberTexts
from functions.insights.rules.coverage import Caveat
from shared.labels import LABELS
from shared.languages import Languages, TextModel

VALENCE = "valence"


class TrendTexts(TextModel):
    title: str
    description: str
    clear: str
    unclear: str
    spread: Mapping[Granularity, str]  # how to read the line over many points, by how long one is
    columns: list[str]


class PatternsTexts(TextModel):
    title: str
    description: str
    extremes: str
    columns: list[str]


class CalendarTexts(TextModel):
    title: str
    description: str
    missing: str
    columns: list[str]


class FactorsTexts(TextModel):
    title: str
    description: str
    found: str
    later: str
    next_day: str
    energy: str
    mood_days: str
    days: str
    needs_with: str
    needs_without: str
    needs_entries: str
    nothing_found: str
    not_looked_at: str
    columns: list[str]


class ChartTexts(NumberTexts):
    language: str
    span: str
    date_format: str
    short_date_format: str
    months: list[str]
    weekdays: list[str]
    metrics: Mapping[str, str]
    mood_share: str
    levels: list[str]  # from the lowest on
    empty: str
    caveats: Mapping[Caveat, str]
    trend: TrendTexts
    patterns: PatternsTexts
    calendar: CalendarTexts
    factors: FactorsTexts

    @property
    def moods(self) -> Mapping[str, str]:
        """The labels of moods, as everywhere else."""
        return LABELS.texts(self.language).moods

    def signed(self, value: float, digits: int = 1) -> str:
        return ("+" if value > 0 else "") + self.number(value, digits)

    def day(self, day: date) -> str:
        return self.date_format.format(day=day.day, month=self.months[day.month - 1], year=day.year)

    def short_day(self, day: date) -> str:
        return self.short_date_format.format(day=day.day, month=self.months[day.month - 1])

    def between(self, low: str, high: str) -> str:
        """From one to the other, or the one that both are."""
        return low if low == high else self.span.format(low=low, high=high)

    def period(self, first: date, last: date) -> str:
        return self.between(self.day(first), self.day(last))

    def effect(self, effect: FactorEffect) -> str:
        """What goes with a factor: on the same day, or some days later."""
        if effect.mood:
            days = {name: self.signed(getattr(effect, name), 0) for name in ("effect", "low", "high")}
            return self.factors.mood_days.format(mood=self.moods[effect.mood], **days)
        figures = {name: self.signed(getattr(effect, name)) for name in ("effect", "low", "high")}
        text = self.factors.found.format(**figures)
        if effect.outcome != VALENCE:
            text = self.factors.energy.format(text=text)
        if effect.lag == 1:
            return self.factors.next_day.format(text=text)
        return self.factors.later.format(days=effect.lag, text=text) if effect.lag else text

    def metric(self, metric: str) -> str:
        """The name of a metric that is no measure."""
        mood = metric.partition(":")[2]
        return self.mood_share.format(mood=self.moods[mood]) if mood else self.metrics[metric]


CHART_TEXTS = Languages(Path(__file__).with_name("texts"), ChartTexts)
