"""Events: written with the change they tell of, published by the relay, handled once however often they arrive."""

import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Literal, LiteralString, NamedTuple, Protocol
from uuid import UUID, uuid5

from psycopg.types.json import Jsonb
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from shared import logs
from shared.clock import utc_now
from shared.db import Connection
from shared.ids import new_id
from shared.services import Services, services

MOST_ATTEMPTS = 5
EVENT_TYPE = r"^[a-z]+(\.[a-z_]+)+$"
SCHEDULES = UUID("6f1de0c2-3f0c-5a71-9a55-0b7c5f6f2f7e")  # the namespace of ids made for ticks of a schedule

ADD: LiteralString = """
    INSERT INTO mend.outbox (id, type, user_id, occurred_at, data)
    SELECT e.id, e.type, e.user_id, e.occurred_at, e.data
    FROM unnest(%(ids)s::uuid[], %(types)s::text[], %(people)s::uuid[], %(times)s::timestamptz[], %(data)s::jsonb[])
        AS e (id, type, user_id, occurred_at, data)
"""

CLAIM: LiteralString = """
    INSERT INTO mend.event_claims (consumer, event_id) VALUES (%(consumer)s, %(event_id)s)
    ON CONFLICT DO NOTHING
    RETURNING 1
"""

CLAIMED: LiteralString = "SELECT FROM mend.event_claims WHERE consumer = %(consumer)s AND event_id = %(event_id)s"

COUNT_FAILURE: LiteralString = """
    INSERT INTO mend.delivery_failures AS f (consumer, event_id) VALUES (%(consumer)s, %(event_id)s)
    ON CONFLICT (consumer, event_id) DO UPDATE SET attempts = f.attempts + 1, failed_at = now()
    RETURNING attempts
"""

# What is parked counts as dealt with: a late redelivery finds the claim and goes its way.
PARK: LiteralString = """
    WITH claim AS (
        INSERT INTO mend.event_claims (consumer, event_id) SELECT %(consumer)s, %(event_id)s::uuid
        WHERE %(event_id)s::uuid IS NOT NULL ON CONFLICT DO NOTHING
    ), counted AS (
        DELETE FROM mend.delivery_failures WHERE consumer = %(consumer)s AND event_id = %(event_id)s::uuid
    )
    INSERT INTO mend.dead_letters (consumer, event_id, envelope, reason, attempts)
    VALUES (%(consumer)s, %(event_id)s::uuid, %(envelope)s, %(reason)s, %(attempts)s)
"""


class Event(BaseModel):
    """What happened, to whom, when. Its id is the producer's and stays the same through every redelivery."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: UUID = Field(default_factory=new_id)
    type: str = Field(pattern=EVENT_TYPE)
    version: Literal[1] = 1  # another one is parked until there is code that knows it
    user_id: UUID | None = None
    occurred_at: AwareDatetime
    data: dict[str, JsonValue] = {}

    @property
    def topic(self) -> str:
        return topic_of(self.type)


class CloudEvent(Protocol):
    """As functions-framework hands it over."""

    data: Any


class Poison(Exception):
    """This event can never be handled: park it."""


class Redeliver(Exception):
    """Handling failed this time. Raised so that the bus delivers the event again."""


Handler = Callable[[Connection, Event], Awaitable[None]]
Work = Callable[[Event], Awaitable[None]]


def topic_of(event_type: str) -> str:
    return event_type.replace(".", "-").replace("_", "-")


def tick(event_type: str, at: datetime) -> Event:
    """One minute of a schedule: whoever makes it makes the same event."""
    at = at.replace(second=0, microsecond=0)
    return Event(id=uuid5(SCHEDULES, f"{event_type} {at.isoformat()}"), type=event_type, occurred_at=at)


def emit(conn: Connection, events: Sequence[Event]) -> None:
    """Add events to the outbox; they exist once the transaction commits."""
    if events:
        columns = {
            "ids": [e.id for e in events],
            "types": [e.type for e in events],
            "people": [e.user_id for e in events],
            "times": [e.occurred_at for e in events],
            "data": [Jsonb(e.data) for e in events],
        }
        conn.post(ADD, columns)


async def consume(consumer: str, received: CloudEvent, handle: Handler) -> None:
    """Handle an event once. Returning acknowledges it; raising has it delivered again."""
    parts = services()

    async def once(event: Event) -> None:
        await parts.database.retrying(lambda: _handle_once(parts, consumer, event, handle))

    await _consume(parts, consumer, received, once)


async def consume_long(consumer: str, received: CloudEvent, work: Work) -> None:
    """The same by work that takes longer than a transaction may: claimed when it is done, so it may be done twice."""
    parts = services()
    await _consume(parts, consumer, received, lambda event: _work_once(parts, consumer, event, work))


async def _consume(parts: Services, consumer: str, received: CloudEvent, work: Work) -> None:
    try:
        event = read(received.data)
    except Exception:  # noqa: BLE001 - whatever is wrong with it will be wrong again
        await _park(parts, Letter(consumer, None, received.data, "the envelope cannot be read"))
        return
    token = logs.bound.set({"event_id": str(event.id), "consumer": consumer})
    try:
        await work(event)
    except Poison as error:
        reason = type(error).__doc__ or "poison"
        await _park(parts, Letter(consumer, event.id, event.model_dump(mode="json"), reason))
    except Exception as error:  # noqa: BLE001 - whatever it was, the event must not be lost
        logs.failure("event_failed", error)
        await _count_failure(parts, consumer, event, type(error).__name__)
    finally:
        logs.bound.reset(token)


def read(data: Any) -> Event:  # noqa: ANN401 - whatever a bus delivered
    """The event inside a Pub/Sub message. A tick of a schedule carries no time of its own: the minute counts."""
    message = data["message"]
    body = json.loads(base64.b64decode(message["data"], validate=True))
    if str(body.get("type", "")).startswith("schedule.") and "id" not in body:
        return tick(body["type"], datetime.fromisoformat(message["publishTime"]))
    return Event.model_validate(body)


def as_message(event: Event) -> dict[str, Any]:
    """The Pub/Sub message of an event, as Eventarc hands it to a function."""
    return {
        "message": {
            "data": base64.b64encode(event.model_dump_json().encode()).decode(),
            "messageId": str(event.id),
            "publishTime": utc_now().isoformat(),
            "attributes": {"type": event.type},
        },
        "subscription": f"local/{event.topic}",
    }


async def _handle_once(parts: Services, consumer: str, event: Event, handle: Handler) -> None:
    async with parts.database.service() as conn:
        claimed = (await conn.ask(CLAIM, {"consumer": consumer, "event_id": event.id})).first
        if claimed:
            await handle(conn, event)
        else:
            logs.event("event_already_handled")


async def _work_once(parts: Services, consumer: str, event: Event, work: Work) -> None:
    async with parts.database.service() as conn:
        claimed = (await conn.ask(CLAIMED, {"consumer": consumer, "event_id": event.id})).first
    if claimed is not None:
        logs.event("event_already_handled")
        return
    await work(event)
    async with parts.database.service() as conn:
        conn.post(CLAIM, {"consumer": consumer, "event_id": event.id})


async def _count_failure(parts: Services, consumer: str, event: Event, reason: str) -> None:
    async with parts.database.service() as conn:
        row = (await conn.ask(COUNT_FAILURE, {"consumer": consumer, "event_id": event.id})).first
    attempts = row[0] if row else 1
    if attempts < MOST_ATTEMPTS:
        raise Redeliver(f"{consumer}: attempt {attempts} of {MOST_ATTEMPTS}") from None
    reason = f"failed {attempts} times, at last with {reason}"
    await _park(parts, Letter(consumer, event.id, event.model_dump(mode="json"), reason, attempts))


async def _park(parts: Services, letter: "Letter") -> None:
    logs.warn("event_parked", consumer=letter.consumer, reason=letter.reason)
    async with parts.database.service() as conn:
        conn.post(PARK, letter._asdict() | {"envelope": Jsonb(_storable(letter.envelope))})


class Letter(NamedTuple):
    """An event that could not be handled."""

    consumer: str
    event_id: UUID | None
    envelope: Any
    reason: str
    attempts: int = 1


def _storable(envelope: Any) -> JsonValue:  # noqa: ANN401 - whatever a bus delivered
    """As it came, or spelt out where Postgres cannot keep it: no JSON, NaN, NUL, half a character."""
    try:
        kept = b"\\u0000" not in json.dumps(envelope, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError):
        kept = False
    return envelope if kept else ascii(envelope)
