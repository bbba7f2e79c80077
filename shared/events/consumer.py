"""The one way an event reaches its handler: read, claimed, handled; parked if that can never succeed."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, LiteralString, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from shared import logs
from shared.clock import utc_now
from shared.db import Connection, Database
from shared.events.dead_letters import MOST_ATTEMPTS, DeadLetter, count_failure, park
from shared.events.envelope import Event, Unprocessable, read
from shared.events.types import AnyEventType
from shared.services import services

MOST_BYTES = 256 * 1024  # of a request; ours are smaller than 2 KiB

CLAIM: LiteralString = """
    INSERT INTO mend.event_claims (consumer, event_id, claimed_at) VALUES (%(consumer)s, %(event_id)s, %(now)s)
    ON CONFLICT DO NOTHING
    RETURNING 1
"""

CLAIMED: LiteralString = "SELECT 1 FROM mend.event_claims WHERE consumer = %(consumer)s AND event_id = %(event_id)s"

Handler = Callable[[Connection, Event], Awaitable[None]]
LongRunningHandler = Callable[[Event], Awaitable[None]]
AnyHandler = TypeVar("AnyHandler")


class NotListenedTo(Unprocessable):
    """not listened to here"""


class _Base(ABC, Generic[AnyHandler]):
    def __init__(self, name: str, handlers: Mapping[AnyEventType, AnyHandler]) -> None:
        self.name = name
        self._handlers = {event_type.name: handler for event_type, handler in handlers.items()}
        logs.configure()

    @property
    def listens(self) -> frozenset[str]:
        return frozenset(self._handlers)

    async def receive(self, request: Request) -> Response:
        """Answer a push of Pub/Sub's: 200 acknowledges the event, 500 has it delivered again."""
        if request.method != "POST":
            return Response("Method Not Allowed", 405, {"Allow": "POST"})
        try:
            body = await _body(request)
            if body is None:
                return Response("Content Too Large", 413)
            acknowledged = await self._consume(body, request.headers.get("content-type", ""))
        except Exception as error:  # noqa: BLE001 - Postgres is away: the event is neither handled nor parked
            logs.failure("event_failed", error, consumer=self.name)
            acknowledged = False
        return Response("OK") if acknowledged else Response("Internal Server Error", 500)

    async def _consume(self, body: bytes, content_type: str) -> bool:
        """Whether the event is done with: handled, now or earlier, or parked."""
        database = services().database
        try:
            event = read(body, content_type)
        except Exception:  # noqa: BLE001 - whatever is wrong with it will be wrong again
            await park(database, DeadLetter(self.name, None, body, "the envelope cannot be read"))
            return True
        token = logs.bound.set({"event_id": str(event.id), "consumer": self.name})
        try:
            return await self._attempt(database, event)
        finally:
            logs.bound.reset(token)

    async def _attempt(self, database: Database, event: Event) -> bool:
        envelope = event.model_dump_json().encode()
        try:
            await self._handle(database, event, self.handler_of(event))
        except Unprocessable as error:
            await park(database, DeadLetter(self.name, event.id, envelope, type(error).__doc__ or "unprocessable"))
        except Exception as error:  # noqa: BLE001 - whatever it was, the event must not be lost
            logs.failure("event_failed", error)
            attempts = await count_failure(database, self.name, event.id)
            if attempts < MOST_ATTEMPTS:
                return False
            reason = f"failed {attempts} times, at last with {type(error).__name__}"
            await park(database, DeadLetter(self.name, event.id, envelope, reason, attempts))
        return True

    def handler_of(self, event: Event) -> AnyHandler:
        """Raises `NotListenedTo` if this consumer has none for events of that type."""
        handler = self._handlers.get(event.type)
        if handler is None:
            raise NotListenedTo
        return handler

    def _claim(self, event: Event) -> dict[str, object]:
        return {"consumer": self.name, "event_id": event.id, "now": utc_now()}

    @abstractmethod
    async def _handle(self, database: Database, event: Event, handler: AnyHandler) -> None: ...


class Consumer(_Base[Handler]):
    """Handles each event in one transaction, with the claim that it is handled: once, however often it comes."""

    async def _handle(self, database: Database, event: Event, handler: Handler) -> None:
        await database.retry(lambda: self._transact(database, event, handler))

    async def _transact(self, database: Database, event: Event, handler: Handler) -> None:
        async with database.service() as conn:
            if (await conn.run(CLAIM, self._claim(event))).rows:
                await handler(conn, event)
            else:
                logs.event("event_already_handled")


class LongRunningConsumer(_Base[LongRunningHandler]):
    """Handles what takes longer than a transaction may: claimed when it is done, so it may be done twice."""

    async def _handle(self, database: Database, event: Event, handler: LongRunningHandler) -> None:
        async with database.service() as conn:
            claimed = (await conn.run(CLAIMED, {"consumer": self.name, "event_id": event.id})).rows
        if claimed:
            logs.event("event_already_handled")
            return
        await handler(event)
        async with database.service() as conn:
            conn.queue(CLAIM, self._claim(event))


async def _body(request: Request) -> bytes | None:
    """The request's body, or None if it is too large: the rest is then not read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)
