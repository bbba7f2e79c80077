"""What the report says, in sentences."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from functions.insights.charts.texts import ChartTexts
from functions.insights.factor_models import Factor
from functions.insights.models import Interval, MoodPatterns, Trend
from functions.insights.report.texts import ReportTexts
from functions.insights.rules.level import estimate_level

MOST_FACTORS = 12
MOST_MOODS = 6
MOST_CHANGES = 4


class Statistics(NamedTuple):
    """All figures of the report. The trend has a point for each day."""

    trend: Trend
    patterns: MoodPatterns
    factors: list[Factor]  # that go with moods
    today: date


class Section(NamedTuple):
    heading: str
    lines: list[str]


class FactorLine(NamedTuple):
    name: str
    effects: list[str]


class Report(NamedTuple):
    title: str
    period: str
    introduction: list[str]
    sections: list[Section]
    trend: Trend
    factors_heading: str
    factors_introduction: str
    factors: list[FactorLine]


def write_report(statistics: Statistics, words: ReportTexts, texts: ChartTexts) -> Report:
    trend, has_entries = statistics.trend, bool(statistics.trend.points)
    period = words.period.format(period=texts.period(trend.first, trend.last), today=texts.day(statistics.today))
    factors = statistics.factors[:MOST_FACTORS]
    return Report(
        title=words.title,
        period=period,
        introduction=[words.purpose, words.scale] if has_entries else [words.purpose, words.no_entries],
        sections=list(_sections(statistics, words, texts)) if has_entries else [],
        trend=trend,
        factors_heading=words.headings["factors"],
        factors_introduction=words.factors_found if factors else words.no_factors,
        factors=[FactorLine(factor.factor, [texts.effect(effect) for effect in factor.effects]) for factor in factors],
    )


def _sections(statistics: Statistics, words: ReportTexts, texts: ChartTexts) -> Iterator[Section]:
    patterns = statistics.patterns
    caveat = texts.caveats[patterns.coverage.caveat]
    coverage = words.coverage.format(
        entries=sum(mood.entries for mood in patterns.moods),
        with_entries=patterns.coverage.days_with_entries,
        days=patterns.coverage.days,
        gap=patterns.coverage.longest_gap,
    )
    yield Section(words.headings["coverage"], [f"{coverage} {caveat}".rstrip()])
    yield Section(words.headings["course"], list(_course(statistics, words, texts)))
    changes = [
        words.change.format(day=texts.day(c.date), after=texts.number(c.after), before=texts.number(c.before))
        for c in patterns.level_changes[-MOST_CHANGES:]
    ]
    yield Section(words.headings["changes"], changes or [words.no_change])
    moods = ", ".join(
        words.mood.format(mood=texts.moods[mood.mood], share=round(100 * mood.share))
        for mood in patterns.moods[:MOST_MOODS]
    )
    yield Section(words.headings["moods"], [moods])


def _course(statistics: Statistics, words: ReportTexts, texts: ChartTexts) -> Iterator[str]:
    trend, jumps = statistics.trend, statistics.patterns.jumps
    level = estimate_level({point.date: point.value for point in trend.points})
    yield _with_interval(words.level, Interval(**level._asdict()), texts) if level else words.level_unknown
    lowest = min(trend.points, key=lambda point: point.value)
    highest = max(trend.points, key=lambda point: point.value)
    if lowest.date != highest.date:
        yield words.range.format(
            lowest=texts.number(lowest.value),
            lowest_day=texts.day(lowest.date),
            highest=texts.number(highest.value),
            highest_day=texts.day(highest.date),
        )
    if trend.slope:
        yield _with_interval(words.slope, trend.slope, texts)
    if jumps:
        share, low, high = (texts.number(100 * value, 0) for value in (jumps.share, jumps.low, jumps.high))
        yield words.jumps.format(share=share, low=low, high=high, pairs=jumps.pairs)


def _with_interval(sentence: str, interval: Interval, texts: ChartTexts) -> str:
    return sentence.format(**{name: texts.number(value) for name, value in interval.model_dump().items()})
