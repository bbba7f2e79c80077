"""An event comes to one consumer, without a server between."""

import json
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request

from infra.registry import registry
from shared.clock import utc_now
from shared.events import Consumer, Event, LongRunningConsumer, push_message
from shared.events.types import user_erased


async def deliver(consumer: Consumer | LongRunningConsumer, event: Event) -> bool:
    """Whether the consumer acknowledged the event."""
    return await push(consumer, push_message(event))


async def push(consumer: Consumer | LongRunningConsumer, message: Any) -> bool:  # noqa: ANN401 - or what should be one
    return await status_of(consumer, message) == 200


async def status_of(consumer: Consumer | LongRunningConsumer, message: Any) -> int:  # noqa: ANN401 - the same
    return (await consumer.receive(push_request(message))).status_code


def push_request(message: Any) -> Request:  # noqa: ANN401 - or what should be one
    """The request of a push subscription, as an event function gets it."""
    body = json.dumps(message).encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


def event_for(consumer: str, person: UUID | None = None) -> Event:
    """A valid event of the first type that a consumer listens to, of this person or of somebody."""
    kind = registry().functions[consumer].listens[0]
    if kind == user_erased.name:  # it names nobody
        return Event(type=kind, occurred_at=utc_now(), data={"receipt_id": str(uuid4())})
    return Event(
        type=kind,
        occurred_at=utc_now(),
        user_id=person or uuid4(),
        data={"entry_id": str(uuid4()), "file": str(uuid4()), "fields": ["timezone"]},
    )
