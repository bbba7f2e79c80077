"""Publishes the outbox: lease events, publish each topic on its own, mark them.

No connection is held while the bus is awaited. A crash before the mark publishes the events again when their lease has
ended; consumers handle an event once.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from operator import attrgetter

import psycopg

from functions.relay import queries
from functions.relay.bus import Bus
from functions.relay.messages import in_messages
from functions.relay.publication import publication
from functions.relay.topic_pauses import TopicPauses
from shared import logs
from shared.clock import utc_now
from shared.db import Database
from shared.events import Event
from shared.traces import Span

BATCH_EVENTS = 500  # of one topic, in one request
LEASE = timedelta(seconds=30)  # longer than a request to the bus and the mark after it
WAKE_SECONDS = 10.0  # no new request after that, so that a run ends before its deadline
GATHER_SECONDS = 0.2  # between two looks for events that come faster than they are published


class Publisher:
    """Publishes for one process, which remembers the topics that failed."""

    def __init__(self, bus: Bus, record: Callable[[Span], None] | None = None) -> None:
        self._bus = bus
        self._record = record
        self._pauses = TopicPauses()

    async def publish_pending(self, database: Database, seconds: float = WAKE_SECONDS) -> int:
        """Publish what waits, until nothing is left or the time is up. Return the number of events."""
        ends_at, published = time.monotonic() + seconds, 0
        while count := await self._publish_round(database, ends_at):
            published += count
            if time.monotonic() >= ends_at:
                break
            if count > 1:
                await self._let_gather(database)
        if published:
            logs.event("events_published", count=published)
        return published

    async def _publish_round(self, database: Database, ends_at: float) -> int:
        """Publish what waits now. Meanwhile more may have come, whose wake-up was taken with this round's."""
        queues: defaultdict[str, list[Event]] = defaultdict(list)
        for event in await _lease(database, excluded=self._pauses.paused_types()):
            queues[event.type].append(event)
        return sum(
            await asyncio.gather(*(self._publish_queue(database, events, ends_at) for events in queues.values()))
        )

    async def _let_gather(self, database: Database) -> None:
        """In a burst, let more events come before the next look. Until then, they wake no other relay."""
        async with database.service() as conn:
            queries.hold_wake(conn)
        await asyncio.sleep(GATHER_SECONDS)

    async def _publish_queue(self, database: Database, events: Sequence[Event], ends_at: float) -> int:
        """Publish these events of one type, and those that wait behind them."""
        published = 0
        while events and await self._publish_batch(database, events):
            published += len(events)
            if len(events) < BATCH_EVENTS or time.monotonic() >= ends_at:
                break
            events = await _lease(database, only=events[0].type)
        return published

    async def _publish_batch(self, database: Database, events: Sequence[Event]) -> bool:
        """Whether the events of one type are published. If not, they stay in the outbox and their topic is paused."""
        ids, event_type = [event.id for event in events], events[0].type
        try:
            with publication(self._record, events) as passed_on:
                await self._bus.publish(events[0].topic, list(in_messages(passed_on)))
            async with database.service() as conn:
                queries.mark_published(conn, ids)
        except Exception as error:  # noqa: BLE001 - one topic must not stop the others
            self._pauses.record_failure(event_type)
            logs.failure("topic_not_published", error, topic=events[0].topic, count=len(events))
            with suppress(psycopg.Error):  # the lease then ends by itself
                async with database.service() as conn:
                    queries.release_events(conn, ids)
            return False
        self._pauses.record_success(event_type)
        return True


async def _lease(database: Database, *, only: str | None = None, excluded: Sequence[str] = ()) -> list[Event]:
    async def lease() -> list[Event]:
        async with database.service() as conn:
            return await queries.lease_events(conn, BATCH_EVENTS, utc_now() + LEASE, only, excluded)

    return sorted(await database.retry(lease), key=attrgetter("id"))
