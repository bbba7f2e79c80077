"""The one way an event reaches its handler: its sender is verified, it is read, claimed and handled, or it is parked.

- An event that can never be handled (`Unprocessable`) is parked at once.
- One that fails because a dependency is away is answered 503, for as long as Pub/Sub keeps it.
- One that fails through a fault of ours is answered 500 for a day, and then parked.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Generic, LiteralString, TypeVar

import psycopg
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from shared import logs
from shared.clock import utc_now
from shared.db import Connection, Database
from shared.errors import DeadlineExceeded, Unavailable
from shared.events.dead_letters import DeadLetter, park, record_failure
from shared.events.envelope import Event, Unprocessable, read_event
from shared.events.senders import SenderRefused
from shared.events.types import AnyEventType, schedule_live
from shared.live.refresh import DueDocument, LiveRefresher
from shared.services import services
from shared.spans import entered

MAX_BYTES = 256 * 1024  # size limit of a request; Mend's events are below 16 KiB, that of a full batch included
MAX_AHEAD = timedelta(minutes=5)  # by which an event's time may differ from our clock
RETRY_PERIOD = timedelta(days=1)  # of an event that fails through a fault of ours
OUTAGES = (Unavailable, DeadlineExceeded, psycopg.OperationalError, TimeoutError, ConnectionError)

# Returns whether the event still has an effect: one of a person who was erased has none.
CLAIM_EVENT: LiteralString = """
    INSERT INTO mend.event_claims (consumer, event_id, claimed_at) VALUES (%(consumer)s, %(event_id)s, %(now)s)
    ON CONFLICT DO NOTHING
    RETURNING NOT mend.is_erased(%(person)s)
"""
HAS_EFFECT: LiteralString = """
    SELECT 1 WHERE NOT mend.is_erased(%(person)s) AND NOT EXISTS (
        SELECT FROM mend.event_claims WHERE consumer = %(consumer)s AND event_id = %(event_id)s
    )
"""

Handler = Callable[[Connection, Event], Awaitable[None]]
LongRunningHandler = Callable[[Event], Awaitable[None]]
AnyHandler = TypeVar("AnyHandler")


class UnhandledType(Unprocessable):
    """this function does not handle events of this type"""


class FromTheFuture(Unprocessable):
    """its time is in the future"""


class _AnyConsumer(ABC, Generic[AnyHandler]):
    def __init__(self, name: str, handlers: Mapping[AnyEventType, AnyHandler]) -> None:
        self.name = name
        self._handlers = {event_type.name: handler for event_type, handler in handlers.items()}
        logs.configure()

    @property
    def listens(self) -> frozenset[str]:
        return frozenset(self._handlers)

    async def receive(self, request: Request) -> Response:
        """Answer a push: 200 acknowledges the event, 5xx has it delivered again, 401 and 403 refuse the sender."""
        if request.method != "POST":
            return Response("Method Not Allowed", 405, {"Allow": "POST"})
        try:
            await services().event_senders.verify(request.headers.get("authorization"))
            body = await _read_body(request)
            status = 413 if body is None else await self._consume(body, request.headers)
        except SenderRefused as error:
            logs.warn("event_refused", consumer=self.name, reason=type(error).__name__)
            status = error.status
        except OUTAGES as error:
            logs.failure("event_postponed", error, consumer=self.name)
            status = 503
        except Exception as error:  # noqa: BLE001 - the event is neither handled nor parked
            logs.failure("event_failed", error, consumer=self.name)
            status = 500
        return Response(HTTPStatus(status).phrase, status)

    async def _consume(self, body: bytes, headers: Headers) -> int:
        """Handle or park what a request holds. Return the status to answer with."""
        database = services().database
        try:
            event = read_event(body, headers.get("content-type", ""))
        except Exception:  # noqa: BLE001 - the same bytes fail in the same way each time
            await park(database, DeadLetter(self.name, None, body, "the envelope cannot be read"))
            return 200
        traceparent, name = event.traceparent or headers.get("traceparent"), f"{self.name} {event.type}"
        ids = {"event_id": str(event.id), "consumer": self.name}
        with entered(services(), traceparent, name, "CONSUMER", **ids) as span:
            try:
                status = await self._attempt(database, event)
            except OUTAGES as error:
                logs.failure("event_postponed", error)
                status = 503
            span.failed = status != HTTPStatus.OK
        return status

    async def _attempt(self, database: Database, event: Event) -> int:
        envelope = event.model_dump_json().encode()
        try:
            await self._handle(database, _not_after_now(event), self.handler_of(event))
        except Unprocessable as error:
            await park(database, DeadLetter(self.name, event.id, envelope, type(error).__doc__ or "unprocessable"))
        except OUTAGES:
            raise
        except Exception as error:  # noqa: BLE001 - the event must not be lost
            logs.failure("event_failed", error)
            failures = await record_failure(database, self.name, event.id)
            if utc_now() - failures.first_failed_at < RETRY_PERIOD:
                return 500
            reason = f"failed for a day, at last with {type(error).__name__}"
            await park(database, DeadLetter(self.name, event.id, envelope, reason, failures.attempts))
        return 200

    def handler_of(self, event: Event) -> AnyHandler:
        """Raises `UnhandledType` if this consumer has none for events of that type."""
        handler = self._handlers.get(event.type)
        if handler is None:
            raise UnhandledType
        return handler

    def _claim(self, event: Event) -> dict[str, object]:
        return {"consumer": self.name, "event_id": event.id, "person": event.user_id, "now": utc_now()}

    @abstractmethod
    async def _handle(self, database: Database, event: Event, handler: AnyHandler) -> None: ...


class Consumer(_AnyConsumer[Handler]):
    """Handles each event in one transaction, together with its claim, so that it has its effect once.

    After the commit it writes the live documents that the handler requested. A consumer that has some also listens to
    `schedule.live`, at which it writes those that lag behind.
    """

    def __init__(
        self, name: str, handlers: Mapping[AnyEventType, Handler], documents: LiveRefresher | None = None
    ) -> None:
        super().__init__(name, {schedule_live: _do_nothing, **handlers} if documents else handlers)
        self._documents = documents

    async def _handle(self, database: Database, event: Event, handler: Handler) -> None:
        due = await database.retry(lambda: self._transact(database, event, handler))
        if self._documents:
            await self._documents.write(due, event.user_id)

    async def _transact(self, database: Database, event: Event, handler: Handler) -> Sequence[DueDocument]:
        """Handle the event, and return the live documents that are to be written after the commit."""
        async with database.service() as conn:
            if (await conn.run(CLAIM_EVENT, self._claim(event))).first == (True,):
                await handler(conn, event)
            else:
                logs.event("event_without_effect")
            leased = self._documents.lease(conn, event.user_id) if self._documents else None
        return leased.rows if leased else ()


class LongRunningConsumer(_AnyConsumer[LongRunningHandler]):
    """Handles what takes longer than a transaction may. It claims an event afterwards, so it may handle it twice."""

    async def _handle(self, database: Database, event: Event, handler: LongRunningHandler) -> None:
        async with database.service() as conn:
            has_effect = (await conn.run(HAS_EFFECT, self._claim(event))).rows
        if not has_effect:
            logs.event("event_without_effect")
            return
        await handler(event)
        async with database.service() as conn:
            conn.queue(CLAIM_EVENT, self._claim(event))


async def _do_nothing(_: Connection, __: Event) -> None:
    """Handle a tick whose work begins after the commit."""


def _not_after_now(event: Event) -> Event:
    """The event with a time that a handler may take for now. Raises `FromTheFuture` if it is far ahead of our clock."""
    now = utc_now()
    if event.occurred_at > now + MAX_AHEAD:
        raise FromTheFuture
    return event if event.occurred_at <= now else event.model_copy(update={"occurred_at": now})


async def _read_body(request: Request) -> bytes | None:
    """The request's body, or None if it is too large: the rest is then not read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            return None
    return bytes(body)
