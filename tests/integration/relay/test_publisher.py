"""The relay publishes each topic by itself: one that fails, is slow or is missing holds up no other."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta

from functions.relay.bus import PubSubBus
from functions.relay.publisher import BATCH_EVENTS, LEASE, Publisher
from functions.relay.topic_pauses import MAX_PAUSE
from shared.clock import utc_now
from shared.events import Event, emit, topic_name
from shared.services import Services
from tests.conftest import ClockMover, Clone
from tests.integration.relay.conftest import PublisherService, until

TYPES = (
    "mood.recorded",
    "mood.changed",
    "mood.deleted",
    "content.interacted",
    "plan.created",
    "plan.changed",
    "plan.ended",
    "profile.changed",
)
BAD, HEALTHY = TYPES[0], TYPES[1:]
EVENTS_OF_TYPE = 625
UNPUBLISHED = "SELECT type, count(*) FROM mend.outbox WHERE published_at IS NULL GROUP BY type"
ALL_HEALTHY = {topic_name(event_type): EVENTS_OF_TYPE for event_type in HEALTHY}


async def fill_outbox(services: Services, count: int = EVENTS_OF_TYPE, *types: str) -> None:
    """Add events of each type in turn, so that every batch of the oldest events has some of each."""
    now = utc_now()
    async with services.database.service() as conn:
        emit(conn, [Event(type=kind, occurred_at=now) for _ in range(count) for kind in types or TYPES])


async def test_a_missing_topic_holds_up_no_other(
    pubsub: PubSubBus, service: PublisherService, services: Services, database: Clone
) -> None:
    """In one wake the events of the seven other topics are published once and marked; only its own stay."""
    await fill_outbox(services)
    service.missing.add(topic_name(BAD))

    published = await Publisher(pubsub).publish_pending(services.database)

    assert published == len(HEALTHY) * EVENTS_OF_TYPE
    assert dict(service.events()) == ALL_HEALTHY
    assert database.rows(UNPUBLISHED) == [(BAD, EVENTS_OF_TYPE)]


async def test_a_slow_topic_holds_up_no_other(
    pubsub: PubSubBus, service: PublisherService, services: Services, database: Clone
) -> None:
    """The other seven are published and marked while its first request is still open."""
    await fill_outbox(services)
    service.slow.add(topic_name(BAD))
    wake = asyncio.create_task(Publisher(pubsub).publish_pending(services.database))

    await until(lambda: database.rows(UNPUBLISHED) == [(BAD, EVENTS_OF_TYPE)])

    assert not wake.done()
    assert dict(service.events()) == ALL_HEALTHY
    service.slow_may_end.set()
    assert await wake >= len(HEALTHY) * EVENTS_OF_TYPE


class BusDuringWhichEventsCome:
    """While its first events are published, the person does more."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.types: list[str] = []

    async def publish(self, _: str, messages: Sequence[Sequence[Event]]) -> None:
        if not self.types:
            await fill_outbox(self._services, 1, HEALTHY[0])
        self.types += [event.type for events in messages for event in events]


async def test_events_that_come_meanwhile_are_published_by_the_same_run(services: Services, database: Clone) -> None:
    """They may have sent no wake-up of their own, because one was on its way."""
    await fill_outbox(services, 1, BAD)
    bus = BusDuringWhichEventsCome(services)

    published = await Publisher(bus).publish_pending(services.database)

    assert published == 2
    assert bus.types == [BAD, HEALTHY[0]]
    assert database.rows(UNPUBLISHED) == []


async def test_no_connection_is_held_while_the_bus_is_awaited(
    pubsub: PubSubBus, service: PublisherService, services: Services, database: Clone
) -> None:
    """An open transaction would keep locks, and would be ended by Postgres."""
    await fill_outbox(services, 1, BAD)
    service.slow.add(topic_name(BAD))
    wake = asyncio.create_task(Publisher(pubsub).publish_pending(services.database))
    await until(lambda: database.value("SELECT count(*) FROM mend.outbox WHERE leased_until IS NOT NULL"))

    assert database.value("SELECT count(*) FROM pg_locks WHERE relation = 'mend.outbox'::regclass") == 0
    service.slow_may_end.set()
    assert await wake == 1


async def test_a_topic_that_failed_is_paused_and_then_tried_again(
    pubsub: PubSubBus,
    service: PublisherService,
    services: Services,
    move_clock: ClockMover,
) -> None:
    """The next wake leaves it alone. When the pause is over, its events are published, oldest first."""
    await fill_outbox(services, 3, BAD)
    service.missing.add(topic_name(BAD))
    publisher = Publisher(pubsub)
    assert await publisher.publish_pending(services.database) == 0
    service.missing.clear()
    assert await publisher.publish_pending(services.database) == 0

    move_clock(MAX_PAUSE)

    assert await publisher.publish_pending(services.database) == 3
    [[message]] = [request.messages for request in service.requests]
    ids = [event["id"] for event in json.loads(message.data)]
    assert ids == sorted(ids)


async def test_a_leased_event_is_left_alone_until_its_lease_ends(
    pubsub: PubSubBus, service: PublisherService, services: Services, database: Clone, move_clock: ClockMover
) -> None:
    """A relay that dies keeps its events for half a minute by our clock; then another one publishes them."""
    await fill_outbox(services, 1, BAD)
    with database.admin() as admin:
        admin.execute("UPDATE mend.outbox SET leased_until = %s", (utc_now() + LEASE,))
    assert await Publisher(pubsub).publish_pending(services.database) == 0

    move_clock(LEASE + timedelta(seconds=1))

    assert await Publisher(pubsub).publish_pending(services.database) == 1
    assert service.events() == {topic_name(BAD): 1}


async def test_two_relays_at_once_publish_an_event_once(
    pubsub: PubSubBus, service: PublisherService, services: Services
) -> None:
    """Each leases what the other does not hold."""
    await fill_outbox(services)

    counts = await asyncio.gather(*(Publisher(pubsub).publish_pending(services.database) for _ in range(4)))

    assert sum(counts) == len(TYPES) * EVENTS_OF_TYPE
    assert sum(service.events().values()) == len(TYPES) * EVENTS_OF_TYPE


async def test_a_wake_whose_time_is_up_leaves_the_rest_to_the_next(
    pubsub: PubSubBus, services: Services, database: Clone
) -> None:
    """It finishes the batch of each topic that it has, and leases no more."""
    await fill_outbox(services)
    publisher = Publisher(pubsub)

    assert await publisher.publish_pending(services.database, seconds=0) == len(TYPES) * BATCH_EVENTS
    assert database.value("SELECT count(*) FROM mend.outbox WHERE leased_until > now() AND published_at IS NULL") == 0
    rest = len(TYPES) * (EVENTS_OF_TYPE - BATCH_EVENTS)
    assert await publisher.publish_pending(services.database, seconds=0) == rest


async def test_failing_requests_repeat_few_messages(
    pubsub: PubSubBus,
    service: PublisherService,
    services: Services,
    database: Clone,
    move_clock: ClockMover,
) -> None:
    """When one request in ten fails after Pub/Sub has stored it, an event is published at most 1.2 times on average."""
    await fill_outbox(services)
    service.failing_share = 0.1
    publisher = Publisher(pubsub)
    while database.rows(UNPUBLISHED):
        await publisher.publish_pending(services.database)
        move_clock(MAX_PAUSE)

    total = len(TYPES) * EVENTS_OF_TYPE
    assert total <= sum(service.events().values()) <= 1.2 * total
