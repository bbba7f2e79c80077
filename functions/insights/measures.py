"""Measures: numbers that a person records once a day, such as hours of sleep or steps."""

from functions.insights import figures, queries
from functions.insights.errors import DayAhead, MeasuresFull
from functions.insights.factor_models import (
    Measure,
    MeasureDraft,
    MeasureKey,
    Measures,
    MeasuresQuery,
    MeasureUse,
    MeasureValue,
)
from shared.errors import NotFound
from shared.http import Call

WINDOW = 365  # days
MAX_MEASURES = 50


async def store_measure(call: Call[MeasureDraft]) -> None:
    """Store the value of a day, or replace it. Raises `DayAhead` or `MeasuresFull`."""
    today = await figures.load_today(call)
    day = call.body.day or today
    if day > today:
        raise DayAhead
    names = {measure.name for measure in await queries.load_measures(call.conn)}
    if call.body.name not in names and len(names) >= MAX_MEASURES:
        raise MeasuresFull
    queries.store_measure(call.conn, call.body.name, day, call.body.value)
    queries.mark_stale(call.conn, call.person.id, call.now)


async def delete_measure(call: Call[None, MeasureKey]) -> None:
    """Delete the value of a day. Raises `NotFound`."""
    if not await queries.delete_measure(call.conn, call.query.name, call.query.day):
        raise NotFound
    queries.mark_stale(call.conn, call.person.id, call.now)


async def load_measures(call: Call) -> Measures:
    return Measures(items=[MeasureUse(**use._asdict()) for use in await queries.load_measures(call.conn)])


async def load_values(call: Call[None, MeasuresQuery]) -> Measure:
    first, last = figures.range_of(call.query, await figures.load_today(call), WINDOW)
    points = queries.queue_measure(call.conn, call.query.name, "day", first, last)
    await call.conn.flush()
    items = [MeasureValue(date=point.day, value=point.value) for point in points.rows]
    return Measure(name=call.query.name, items=items)
