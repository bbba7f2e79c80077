"""Take what the outbox holds, hand it to the bus, mark it: in this order, so that nothing is ever lost."""

from functions.relay import queries
from functions.relay.bus import Bus
from shared import logs
from shared.db import Database

BATCH = 500


async def publish_pending(database: Database, bus: Bus) -> int:
    """Publish everything that waits. A crash before the mark publishes again: consumers handle an event once."""
    published = 0
    while batch := await database.retry(lambda: _publish_batch(database, bus)):
        published += batch
        if batch < BATCH:
            break
    if published:
        logs.event("events_published", count=published)
    return published


async def _publish_batch(database: Database, bus: Bus) -> int:
    async with database.service() as conn:
        events = await queries.take(conn, BATCH)
        if events:
            await bus.publish(conn, events)
            queries.mark_published(conn, [event.id for event in events])
    return len(events)
