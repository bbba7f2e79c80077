"""What the answers of `insights` have in common: ranges of days, intervals, coverage, counts of moods."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from functions.insights import queries
from functions.insights.models import CoverageFigures, DayValue, Interval, MoodShare
from functions.insights.queries import MetricPoint
from functions.insights.rules.coverage import measure_coverage
from functions.insights.rules.level import IntervalEstimate
from shared.http import Call
from shared.http.date_range import DateRangeQuery
from shared.people import LocalProfile, load_profiles, queue_profiles

DIGITS = 2


async def load_profile(call: Call[Any, Any]) -> LocalProfile:
    return (await load_profiles(call.conn, [call.person.id]))[call.person.id]


async def load_today(call: Call[Any, Any]) -> date:
    """The date where the person is."""
    return (await load_profile(call)).clock.today(call.now)


async def load_last_day(call: Call[Any, Any]) -> date:
    """The date where the person is, or a later one that has an entry: after a flight west, a date comes again."""
    profiles = queue_profiles(call.conn, [call.person.id])
    latest = queries.queue_latest_day(call.conn, call.now)
    await call.conn.flush()
    days: list[date] = [profiles.rows[0].clock.today(call.now), *(day for (day,) in latest.rows)]
    return max(days)


def range_of(query: DateRangeQuery, today: date, days: int) -> tuple[date, date]:
    """The range of a query. If a date is missing, it has so many days: until `to`, from `from` on, or until today."""
    if query.last is None and query.first is not None:
        last = min(query.first + timedelta(days=days - 1), max(today, query.first))
    else:
        last = query.last or today
    return query.first or last - timedelta(days=days - 1), last


def interval(estimate: IntervalEstimate | None) -> Interval | None:
    return estimate and Interval(**{name: round(value, DIGITS) for name, value in estimate._asdict().items()})


def coverage(daily: Mapping[date, float], first: date, last: date) -> CoverageFigures:
    """Of the days until today, or until a later one that has an entry."""
    measured = measure_coverage(daily, first, max([last, *daily]))
    return CoverageFigures.model_construct(**measured._asdict(), share=round(measured.share, DIGITS))


def daily_values(points: Iterable[MetricPoint]) -> dict[date, float]:
    return {point.day: point.value for point in points}


def day_value(point: MetricPoint) -> DayValue:
    return DayValue(date=point.day, mean=round(point.value, DIGITS), entries=point.entries)


def extreme_days(days: Sequence[DayValue]) -> tuple[DayValue | None, DayValue | None]:
    """The best and the hardest day, or neither if no day is better than another."""
    best, hardest = (pick(days, key=lambda day: day.mean, default=None) for pick in (max, min))
    return (best, hardest) if best and hardest and best.mean > hardest.mean else (None, None)


def mood_counts(moods: Mapping[str, int]) -> list[MoodShare]:
    """The most frequent mood first."""
    total = sum(moods.values())
    ordered = sorted(moods.items(), key=lambda item: (-item[1], item[0]))
    return [MoodShare(mood=mood, entries=count, share=round(count / total, DIGITS)) for mood, count in ordered]
