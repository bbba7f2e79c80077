"""The values of a person's measures by day."""

from uuid import UUID

from functions.insights import figures, queries
from functions.insights.measures.models import (
    Measure,
    MeasureDayQuery,
    MeasureDraft,
    Measures,
    MeasureUse,
    MeasureValue,
)
from functions.insights.queries import IdentifiedMeasure
from shared import measures
from shared.db import Connection
from shared.errors import DayAhead, NotFound
from shared.http import Call
from shared.http.date_range import YearRangeQuery
from shared.measures import MeasuredValue
from shared.stale_insights import mark_stale

WINDOW = 365  # days


async def store_measure(call: Call[MeasureDraft]) -> None:
    """Store the value of a day, or replace it. Raises `DayAhead` or `MeasuresFull`."""
    today = await figures.load_today(call)
    day = call.body.day or today
    if day > today:
        raise DayAhead
    mark_stale(call.conn, call.person.id, call.now)
    await measures.store(call.conn, call.person.id, [MeasuredValue(call.body.name, day, call.body.value)])


async def delete_value(call: Call[None, MeasureDayQuery]) -> None:
    """Delete the value of a day. Raises `NotFound`."""
    measure = await load_measure(call.conn, call.id)
    mark_stale(call.conn, call.person.id, call.now)  # before the row of the measure, as when one is stored
    if not await queries.delete_measure(call.conn, measure.name, call.query.day):
        raise NotFound


async def load_measures(call: Call) -> Measures:
    rows = await queries.load_measures(call.conn)
    items = [
        MeasureUse(measure_id=row.id, name=row.name, first_day=row.first_day, last_day=row.last_day) for row in rows
    ]
    return Measures(items=items)


async def load_values(call: Call[None, YearRangeQuery]) -> Measure:
    """Raises `NotFound`."""
    measure = await load_measure(call.conn, call.id)
    first, last = figures.range_of(call.query, await figures.load_today(call), WINDOW)
    points = queries.queue_measure(call.conn, measure.name, "day", first, last)
    await call.conn.flush()
    items = [MeasureValue(date=point.day, value=point.value) for point in points.rows]
    return Measure(measure_id=measure.id, name=measure.name, items=items)


async def load_measure(conn: Connection, id_: UUID) -> IdentifiedMeasure:
    """Raises `NotFound`. A person has few measures, so all are read."""
    for measure in await queries.load_measures(conn):
        if measure.id == id_:
            return measure
    raise NotFound
