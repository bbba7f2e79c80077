"""The trend of a metric: points by day, week, month or year, and its slope."""

from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from functions.insights import figures, queries
from functions.insights.errors import TooManyPoints
from functions.insights.measures.daily_values import load_measure
from functions.insights.models import Granularity, Trend, TrendPoint, TrendQuery
from functions.insights.queries import IdentifiedMeasure, MetricPoint
from functions.insights.rules.slope import robust_slope
from shared.db import Connection
from shared.http import Call

MAX_POINTS = 400
UNIT_DAYS: dict[Granularity, float] = {"day": 1, "week": 7, "month": 30.4, "year": 365.25}
MOOD_SCALE = (-10.0, 10.0)
SHARE_SCALE = (0.0, 1.0)


class TrendSeries(NamedTuple):
    metric: str
    measure: str | None
    granularity: Granularity
    first: date
    last: date
    points: list[MetricPoint]


async def load_trend(call: Call[None, TrendQuery]) -> Trend:
    series = await load_series(call)
    daily = figures.daily_values(series.points)
    return Trend(
        metric=series.metric,
        measure=series.measure,
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
    """Raises `NotFound` for an unknown measure, or `TooManyPoints` if the granularity is too fine for the range."""
    query, conn, today = call.query, call.conn, await figures.load_last_day(call)
    measure = await _load_measure(conn, query.metric)
    last = query.last or max(today, query.first or today)
    first = query.first or (measure.first_day if measure else await queries.load_first_day(conn)) or last
    first = min(first, last)  # `to` may lie before the first entry
    granularity = _granularity(query, first, last)
    if measure:
        points = queries.queue_measure(conn, measure.name, granularity, first, last)
    else:
        points = queries.queue_points(conn, query.metric.removeprefix("mood:"), granularity, first, last)
    await conn.flush()
    return TrendSeries(query.metric, measure and measure.name, granularity, first, last, points.rows)


def scale_of(metric: str) -> tuple[float, float] | None:
    """The ends of the scale of a metric, None for a count or a measure."""
    if metric in ("mood", "arousal"):
        return MOOD_SCALE
    return SHARE_SCALE if metric.startswith("mood:") else None


async def _load_measure(conn: Connection, metric: str) -> IdentifiedMeasure | None:
    kind, _, id_ = metric.partition(":")
    return await load_measure(conn, UUID(id_)) if kind == "measure" else None


def _granularity(query: TrendQuery, first: date, last: date) -> Granularity:
    days = (last - first + timedelta(days=1)).days
    if query.granularity == "auto":
        return next(unit for unit, length in UNIT_DAYS.items() if days <= MAX_POINTS * length)
    if days > MAX_POINTS * UNIT_DAYS[query.granularity]:
        raise TooManyPoints
    return query.granularity
