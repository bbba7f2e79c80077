"""Where events are published: Pub/Sub, or on a developer's machine the table that replaces it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from functions.relay import queries
from shared.db import Database
from shared.events import Event
from shared.events.envelope import message_data

if TYPE_CHECKING:
    from google.pubsub_v1 import PublisherAsyncClient
    from grpc.aio import Channel

TIMEOUT_SECONDS = 10.0


class Bus(Protocol):
    async def publish(self, topic: str, messages: Sequence[Sequence[Event]], /) -> None:
        """Return once the bus has stored every message. Raise if it may not have stored one of them."""


class LocalBus:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def publish(self, _: str, messages: Sequence[Sequence[Event]]) -> None:
        async with self._database.service() as conn:
            for events in messages:
                queries.enqueue(conn, events)


class PubSubBus:
    """Awaits each request, because a frozen instance would stop the client library's background thread."""

    def __init__(self, project: str, channel: "Callable[[], Channel] | None" = None) -> None:
        self._project = project
        self._channel = channel  # by default one to Google, with this process's credentials

    @cached_property
    def _client(self) -> "PublisherAsyncClient":
        from google.pubsub_v1 import PublisherAsyncClient  # 257 ms, and bound to the worker's loop
        from google.pubsub_v1.services.publisher.transports import PublisherGrpcAsyncIOTransport

        if self._channel is None:
            return PublisherAsyncClient()
        return PublisherAsyncClient(transport=PublisherGrpcAsyncIOTransport(channel=self._channel()))

    async def publish(self, topic: str, messages: Sequence[Sequence[Event]]) -> None:
        from google.pubsub_v1 import PubsubMessage

        sent = [PubsubMessage(data=message_data(events), attributes=events[0].attributes) for events in messages]
        path = f"projects/{self._project}/topics/{topic}"
        # Without the client's own retries: an event that is not published stays in the outbox for the next wake.
        await self._client.publish(topic=path, messages=sent, retry=None, timeout=TIMEOUT_SECONDS)
