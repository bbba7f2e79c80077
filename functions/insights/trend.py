"""The trend of a metric: points by day, week, month or year, and its slope."""

from datetime import date, timedelta
from typing import NamedTuple

from functions.insights import figures, queries
from functions.insights.errors import TooManyPoints
from functions.insights.models import Granularity, Trend, TrendPoint, TrendQuery
from functions.insights.queries import MetricPoint
from functions.insights.rules.slope import robust_slope
from shared.db import Connection, Result
from shared.http import Call

MAX_POINTS = 400
UNIT_DAYS: dict[Granularity, float] = {"day": 1, "week": 7, "month": 30.4, "year": 365.25}
MOOD_SCALE = (-10.0, 10.0)
SHARE_SCALE = (0.0, 1.0)


class TrendSeries(NamedTuple):
    metric: str
    granularity: Granularity
    first: date
    last: date
    points: list[MetricPoint]


async def load_trend(call: Call[None, TrendQuery]) -> Trend:
    series = await load_series(call)
    daily = figures.daily_values(series.points)
    return Trend(
        metric=series.metric,
        scale=scale_of(series.metric),
        granularity=series.granularity,
        first=series.first,
        last=series.last,
        points=[
            TrendPoint.model_construct(date=point.day, value=round(point.value, figures.DIGITS), days=point.days)
            for point in series.points
        ],
        slope=figures.interval(robust_slope(daily)),
        days_with_values=sum(point.days for point in series.points),
    )


async def load_series(call: Call[None, TrendQuery]) -> TrendSeries:
    """Raises `TooManyPoints` if the granularity is too fine for the range."""
    query, conn, today = call.query, call.conn, await figures.load_today(call)
    last = query.last or max(today, query.first or today)
    first = query.first or await queries.load_first_day(conn, _measure(query.metric)) or last
    first = min(first, last)  # `to` may lie before the first entry
    granularity = _granularity(query, first, last)
    points = _queue(conn, query.metric, granularity, first, last)
    await conn.flush()
    return TrendSeries(query.metric, granularity, first, last, points.rows)


def scale_of(metric: str) -> tuple[float, float] | None:
    """The ends of the scale of a metric, None for a count or a measure."""
    if metric in ("mood", "arousal"):
        return MOOD_SCALE
    return SHARE_SCALE if metric.startswith("mood:") else None


def _measure(metric: str) -> str | None:
    return metric.removeprefix("measure:") if metric.startswith("measure:") else None


def _queue(conn: Connection, metric: str, unit: Granularity, first: date, last: date) -> Result[MetricPoint]:
    if measure := _measure(metric):
        return queries.queue_measure(conn, measure, unit, first, last)
    return queries.queue_points(conn, metric.removeprefix("mood:"), unit, first, last)


def _granularity(query: TrendQuery, first: date, last: date) -> Granularity:
    days = (last - first + timedelta(days=1)).days
    if query.granularity == "auto":
        return next(unit for unit, length in UNIT_DAYS.items() if days <= MAX_POINTS * length)
    if days > MAX_POINTS * UNIT_DAYS[query.granularity]:
        raise TooManyPoints
    return query.granularity
