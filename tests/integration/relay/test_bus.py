"""The buses: Pub/Sub, as a gRPC server that speaks its Publisher service, and the local table."""

import json
from uuid import uuid4

import pytest
from google.api_core.exceptions import GoogleAPICallError

from functions.relay.bus import LocalBus, PubSubBus
from infra.local.database import open_bus
from infra.registry import Filter, Subscription
from shared.clock import utc_now
from shared.events import Event
from shared.events.types import content_interacted
from shared.services import Services
from tests.conftest import ADMIN, Clone
from tests.integration.relay.conftest import PublisherService


def happened(kind: str) -> Event:
    return Event(type=kind, occurred_at=utc_now(), data={"entry_ids": [str(uuid4())]})


def interacted(kind: str) -> Event:
    now = utc_now()
    return content_interacted(uuid4(), now, interaction_id=uuid4(), content_id=uuid4(), kind=kind, occurred_at=now)


async def test_pubsub_gets_the_events_of_a_topic_in_one_request(pubsub: PubSubBus, service: PublisherService) -> None:
    """Each message holds a whole event, with its type and kind as attributes to filter by."""
    events = [interacted("view"), interacted("hide")]

    await pubsub.publish("content-interacted", [[event] for event in events])

    [request] = service.requests
    assert request.topic == "projects/test-project/topics/content-interacted"
    assert [json.loads(message.data)["id"] for message in request.messages] == [str(event.id) for event in events]
    assert [dict(message.attributes) for message in request.messages] == [
        {"type": "content.interacted", "kind": "view"},
        {"type": "content.interacted", "kind": "hide"},
    ]


async def test_a_request_that_pubsub_refuses_is_an_error(pubsub: PubSubBus, service: PublisherService) -> None:
    """An event that may not have arrived is never taken for published."""
    service.missing.add("mood-recorded")

    with pytest.raises(GoogleAPICallError):
        await pubsub.publish("mood-recorded", [[happened("mood.recorded")]])


async def test_the_local_queue_keeps_a_copy_for_every_listener(services: Services, database: Clone) -> None:
    """Pub/Sub keeps one for every subscription; an event that is published twice is queued once."""
    open_bus(database.dsn(ADMIN), [Subscription("mood-recorded", "one"), Subscription("mood-recorded", "two")])
    bus, event = LocalBus(services.database), happened("mood.recorded")
    for _ in range(2):
        await bus.publish("mood-recorded", [[event], [happened("profile.changed")]])

    queued = database.rows("SELECT event_id, function FROM local.deliveries ORDER BY function")
    assert queued == [(event.id, "one"), (event.id, "two")]


async def test_events_that_share_a_message_are_one_delivery(services: Services, database: Clone) -> None:
    """And another group of the same events is another one: a relay that died may have grouped them differently."""
    open_bus(database.dsn(ADMIN), [Subscription("mood-recorded", "one")])
    bus, first, second = LocalBus(services.database), happened("mood.recorded"), happened("mood.recorded")
    for messages in ([[first]], [[first, second]], [[first, second]]):
        await bus.publish("mood-recorded", messages)

    assert database.value("SELECT count(*) FROM local.deliveries") == 2


async def test_pubsub_gets_a_list_where_events_share_a_message(pubsub: PubSubBus, service: PublisherService) -> None:
    """With the attributes that all of them have."""
    events = [interacted("hide"), interacted("hide")]

    await pubsub.publish("content-interacted", [events])

    [[message]] = [request.messages for request in service.requests]
    assert [event["id"] for event in json.loads(message.data)] == [str(event.id) for event in events]
    assert dict(message.attributes) == {"type": "content.interacted", "kind": "hide"}


async def test_a_message_without_the_attribute_passes_a_filter_that_leaves_out_values(
    services: Services, database: Clone
) -> None:
    """An older producer does not say it, so its events reach everybody."""
    open_bus(
        database.dsn(ADMIN),
        [Subscription("mood-recorded", "plan_events", {"plan": Filter(none_of=("none", "paused"))})],
    )
    planless, planned = (
        Event(type="mood.recorded", occurred_at=utc_now(), data={"plan": plan}) for plan in ("none", "active")
    )
    silent = happened("mood.recorded")

    await LocalBus(services.database).publish("mood-recorded", [[planless], [planned], [silent]])

    queued = {event_id for (event_id,) in database.rows("SELECT event_id FROM local.deliveries")}
    assert queued == {planned.id, silent.id}


async def test_the_local_queue_honours_a_filter(services: Services, database: Clone) -> None:
    """A subscription gets the messages whose attribute has one of its values, and none without the attribute."""
    subscription = Subscription("content-interacted", "plan_events", {"kind": Filter(one_of=("dislike", "hide"))})
    open_bus(database.dsn(ADMIN), [subscription])
    events = [interacted("view"), interacted("hide"), interacted("dislike")]
    without_kind = happened("content.interacted")

    await LocalBus(services.database).publish("content-interacted", [[event] for event in [*events, without_kind]])

    queued = {event_id for (event_id,) in database.rows("SELECT event_id FROM local.deliveries")}
    assert queued == {event.id for event in events[1:]}
