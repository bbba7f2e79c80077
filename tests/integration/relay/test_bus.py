"""Where events go: a gRPC server that speaks Pub/Sub's Publisher service, and the local queue."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import uuid4

import grpc
import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.pubsub_v1 import PublishRequest, PublishResponse

from functions.relay.bus import LocalBus, PubSubBus
from functions.relay.publisher import publish_pending
from shared.clock import utc_now
from shared.db import Connection
from shared.events import Event, emit
from shared.services import Services
from tests.conftest import Clone, sign_up

PUBLISH = "/google.pubsub.v1.Publisher/Publish"


@dataclass
class Publisher(grpc.GenericRpcHandler):
    """Keeps what is published to it, and refuses a topic that does not exist."""

    missing: str = ""
    requests: list[PublishRequest] = field(default_factory=list)

    def service(
        self, details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[PublishRequest, PublishResponse] | None":
        if details.method != PUBLISH:
            return None
        return grpc.unary_unary_rpc_method_handler(self.publish, PublishRequest.deserialize, PublishResponse.serialize)

    async def publish(
        self, request: PublishRequest, context: "grpc.aio.ServicerContext[PublishRequest, PublishResponse]"
    ) -> PublishResponse:
        if self.missing and request.topic.endswith(self.missing):
            await context.abort(grpc.StatusCode.NOT_FOUND, "Resource not found")
        self.requests.append(request)
        return PublishResponse(message_ids=[str(uuid4()) for _ in request.messages])


@pytest.fixture
async def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
async def pubsub(publisher: Publisher) -> AsyncIterator[PubSubBus]:
    server = grpc.aio.server(handlers=[publisher])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}")
    yield PubSubBus("test-project", lambda: channel)
    await channel.close()
    await server.stop(grace=None)


@pytest.fixture
async def conn(services: Services) -> AsyncIterator[Connection]:
    async with services.database.service() as open_transaction:
        yield open_transaction


def happened(kind: str) -> Event:
    return Event(type=kind, occurred_at=utc_now(), data={"entry_id": str(uuid4())})


async def test_pubsub_gets_one_request_a_topic(pubsub: PubSubBus, publisher: Publisher, conn: Connection) -> None:
    """Each event goes to the topic of its type, whole, with its type as an attribute to filter by."""
    events = [happened("mood.recorded"), happened("plan.activity_finished"), happened("mood.recorded")]

    await pubsub.publish(conn, events)

    sent = {request.topic: list(request.messages) for request in publisher.requests}
    assert {topic: len(messages) for topic, messages in sent.items()} == {
        "projects/test-project/topics/mood-recorded": 2,
        "projects/test-project/topics/plan-activity-finished": 1,
    }
    messages = [message for group in sent.values() for message in group]
    assert {json.loads(message.data)["id"] for message in messages} == {str(event.id) for event in events}
    assert all(message.attributes["type"] == json.loads(message.data)["type"] for message in messages)


async def test_what_pubsub_refuses_is_an_error(pubsub: PubSubBus, publisher: Publisher, conn: Connection) -> None:
    """An event that may not have arrived is never taken for published."""
    publisher.missing = "mood-recorded"

    with pytest.raises(GoogleAPICallError):
        await pubsub.publish(conn, [happened("mood.recorded")])


async def test_a_refused_batch_stays_in_the_outbox(
    pubsub: PubSubBus, publisher: Publisher, services: Services, database: Clone
) -> None:
    """It is published by a later sweep, once the bus takes it."""
    person = sign_up(database)
    async with services.database.service() as conn:
        emit(conn, [Event(type="mood.recorded", user_id=person, occurred_at=utc_now())])
    publisher.missing = "mood-recorded"
    with pytest.raises(GoogleAPICallError):
        await publish_pending(services.database, pubsub)
    assert database.value("SELECT count(*) FROM mend.outbox WHERE published_at IS NULL") == 1

    publisher.missing = ""

    assert await publish_pending(services.database, pubsub) == 1
    assert await publish_pending(services.database, pubsub) == 0
    assert len(publisher.requests) == 1


async def test_the_local_queue_keeps_a_copy_for_every_listener(services: Services, database: Clone) -> None:
    """As Pub/Sub keeps one for every subscription; an event published twice is queued once."""
    with database.admin() as admin:
        admin.execute("INSERT INTO local.subscriptions VALUES ('mood-recorded', 'one'), ('mood-recorded', 'two')")
    event = happened("mood.recorded")
    for _ in range(2):
        async with services.database.service() as conn:
            await LocalBus().publish(conn, [event, happened("profile.changed")])

    queued = database.rows("SELECT event_id, function FROM local.deliveries ORDER BY function")
    assert queued == [(event.id, "one"), (event.id, "two")]
