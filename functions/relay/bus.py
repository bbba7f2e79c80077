"""Where events go: Pub/Sub, or on a developer's machine the local queue that stands in for it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from functions.relay import queries
from shared.db import Connection
from shared.events import Event

if TYPE_CHECKING:
    from google.pubsub_v1 import PublisherAsyncClient
    from grpc.aio import Channel

PUBLISH_SECONDS = 10.0


class Bus(Protocol):
    async def publish(self, conn: Connection, events: Sequence[Event]) -> None:
        """Returns once every event is safely with the bus; raises if any may not be."""


class LocalBus:
    async def publish(self, conn: Connection, events: Sequence[Event]) -> None:
        for event in events:
            queries.enqueue(conn, event)


class PubSubBus:
    """One publish request a topic, awaited: nothing is left to a background thread that a frozen instance stops."""

    def __init__(self, project: str, channel: "Callable[[], Channel] | None" = None) -> None:
        self._project = project
        self._channel = channel  # to Google, with this process's credentials, unless told otherwise

    @cached_property
    def _client(self) -> "PublisherAsyncClient":
        from google.pubsub_v1 import PublisherAsyncClient  # 257 ms, and bound to the worker's loop
        from google.pubsub_v1.services.publisher.transports import PublisherGrpcAsyncIOTransport

        if self._channel is None:
            return PublisherAsyncClient()
        return PublisherAsyncClient(transport=PublisherGrpcAsyncIOTransport(channel=self._channel()))

    async def publish(self, conn: Connection, events: Sequence[Event]) -> None:  # noqa: ARG002 - as the port has it
        from google.pubsub_v1 import PubsubMessage

        topics: dict[str, list[PubsubMessage]] = {}
        for event in events:
            message = PubsubMessage(data=event.model_dump_json().encode(), attributes={"type": event.type})
            topics.setdefault(event.topic, []).append(message)
        for topic, messages in topics.items():
            path = f"projects/{self._project}/topics/{topic}"
            # Without the client's own retries: what is not published stays in the outbox, and the next sweep tries.
            await self._client.publish(topic=path, messages=messages, retry=None, timeout=PUBLISH_SECONDS)
