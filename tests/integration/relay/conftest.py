"""A gRPC server that speaks Pub/Sub's Publisher service, and a bus that publishes to it."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from random import Random
from uuid import uuid4

import grpc
import pytest
from google.pubsub_v1 import PublishRequest, PublishResponse

from functions.relay.bus import PubSubBus

PUBLISH = "/google.pubsub.v1.Publisher/Publish"


@dataclass
class PublisherService(grpc.GenericRpcHandler):
    """Keeps what is published. It refuses missing topics, does not answer slow ones, and fails requests by chance."""

    missing: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)
    failing_share: float = 0.0
    requests: list[PublishRequest] = field(default_factory=list)
    chance: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - repeatable
    slow_may_end: asyncio.Event = field(default_factory=asyncio.Event)

    def service(
        self, details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[PublishRequest, PublishResponse] | None":
        if details.method != PUBLISH:
            return None
        return grpc.unary_unary_rpc_method_handler(self.publish, PublishRequest.deserialize, PublishResponse.serialize)

    async def publish(
        self, request: PublishRequest, context: "grpc.aio.ServicerContext[PublishRequest, PublishResponse]"
    ) -> PublishResponse:
        topic = request.topic.rpartition("/")[2]
        if topic in self.missing:
            await context.abort(grpc.StatusCode.NOT_FOUND, "Resource not found")
        if topic in self.slow:
            await self.slow_may_end.wait()
        self.requests.append(request)
        if self.chance.random() < self.failing_share:  # stored, and yet the answer is lost
            await context.abort(grpc.StatusCode.UNAVAILABLE, "Try again")
        return PublishResponse(message_ids=[str(uuid4()) for _ in request.messages])

    def events(self) -> Counter[str]:
        """How many events each topic has got."""
        counts: Counter[str] = Counter()
        for request in self.requests:
            for message in request.messages:
                data = json.loads(message.data)
                counts[request.topic.rpartition("/")[2]] += len(data) if isinstance(data, list) else 1
        return counts


async def until(condition: Callable[[], object]) -> None:
    """Let the event loop run until the condition holds. Each look at it costs a connection to Postgres."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in Postgres
            await asyncio.sleep(0.05)


@pytest.fixture
async def service() -> PublisherService:
    return PublisherService()


@pytest.fixture
async def pubsub(service: PublisherService) -> AsyncIterator[PubSubBus]:
    server = grpc.aio.server(handlers=[service])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}")
    yield PubSubBus("test-project", lambda: channel)
    service.slow_may_end.set()
    await channel.close()
    await server.stop(grace=None)
