"""Compares two periods, or the time before a day with the time from it on."""

from datetime import date, timedelta
from typing import NamedTuple

from functions.insights import figures, queries
from functions.insights.models import ComparedPeriod, CompareQuery, Comparison
from functions.insights.queries import MetricPoint
from functions.insights.rules.level import estimate_difference, estimate_level
from shared.http import Call

_DAY = timedelta(days=1)


class Days(NamedTuple):
    first: date
    last: date


async def compare(call: Call[None, CompareQuery]) -> Comparison:
    today = await figures.load_today(call)
    periods = _periods(call.query)
    results = [queries.queue_points(call.conn, "mood", "day", *days) for days in periods]
    await call.conn.flush()
    a, b = (figures.daily_values(result.rows) for result in results)
    compared = [_compared(days, result.rows, today) for days, result in zip(periods, results, strict=True)]
    return Comparison(a=compared[0], b=compared[1], difference=figures.interval(estimate_difference(a, b)))


def _periods(query: CompareQuery) -> tuple[Days, Days]:
    if query.marker:
        last = query.marker + (query.days - 1) * _DAY
        return Days(query.marker - query.days * _DAY, query.marker - _DAY), Days(query.marker, last)
    a, b = (Days(*map(date.fromisoformat, period.split("/"))) for period in (query.a or "", query.b or ""))
    return a, b


def _compared(days: Days, points: list[MetricPoint], today: date) -> ComparedPeriod:
    daily = figures.daily_values(points)
    return ComparedPeriod(
        first=days.first,
        last=days.last,
        entries=sum(point.entries for point in points),
        level=figures.interval(estimate_level(daily)),
        coverage=figures.coverage(daily, days.first, min(days.last, today)),
    )
