"""The one way an event reaches its handler: its sender is verified, it is read, claimed and handled, or it is parked.

A message may hold several events. They are handled in one transaction; if that fails, each in one of its own.

- An event that can never be handled (`Unprocessable`) is parked at once.
- One that fails because a dependency is away is answered 503, for as long as Pub/Sub keeps it.
- One that fails through a fault of ours is answered 500 for a day, and then parked.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from http import HTTPStatus
from typing import Generic, LiteralString, TypeVar
from uuid import UUID

import psycopg
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from shared import logs
from shared.clock import utc_now
from shared.db import SERVICE_ROLE, Connection, Database, set_role
from shared.errors import DeadlineExceeded, Unavailable
from shared.events.dead_letters import DeadLetter, park, record_failure
from shared.events.envelope import Event, Events, Unprocessable, by_person, read_events
from shared.events.senders import SenderRefused
from shared.events.types import AnyEventType, schedule_live
from shared.live.refresh import DueDocument, LiveRefresher
from shared.services import services
from shared.spans import OpenSpan, entered

MAX_BYTES = 256 * 1024  # size limit of a request; the relay makes no larger message
MAX_AHEAD = timedelta(minutes=5)  # by which an event's time may differ from our clock
RETRY_PERIOD = timedelta(days=1)  # of an event that fails through a fault of ours
TOGETHER_SECONDS = 5.0  # of the transaction of several events, which holds locks of all their people
LONG_RUN_SECONDS = 10.0  # then the other events of the message come again
OUTAGES = (Unavailable, DeadlineExceeded, psycopg.OperationalError, TimeoutError, ConnectionError)

# Returns the events that still have an effect: those of a person who was erased have none.
CLAIM_EVENTS: LiteralString = """
    WITH claimed AS (
        INSERT INTO mend.event_claims (consumer, event_id, claimed_at)
        SELECT %(consumer)s, e.id, %(now)s FROM unnest(%(ids)s::uuid[]) AS e (id)
        ON CONFLICT DO NOTHING
        RETURNING event_id
    )
    SELECT c.event_id
    FROM claimed AS c JOIN unnest(%(ids)s::uuid[], %(people)s::uuid[]) AS e (id, person) ON e.id = c.event_id
    WHERE NOT mend.is_erased(e.person)
"""
HAS_EFFECT: LiteralString = """
    SELECT 1 WHERE NOT mend.is_erased(%(person)s) AND NOT EXISTS (
        SELECT FROM mend.event_claims WHERE consumer = %(consumer)s AND event_id = %(event_id)s
    )
"""

Handler = Callable[[Connection, Events], Awaitable[None]]
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
        try:
            received = read_events(body, headers.get("content-type", ""))
        except Exception:  # noqa: BLE001 - the same bytes fail in the same way each time
            received = [body]
        trace = headers.get("traceparent")
        events = {part.id: part.traced(trace) for part in received if isinstance(part, Event)}
        status = await self._handle_all([events[event_id] for event_id in sorted(events)]) if events else 200
        for part in received:
            if isinstance(part, bytes):
                reason = "the envelope cannot be read"
                await park(services().database, DeadLetter(self.name, None, part, reason))
        return status

    @abstractmethod
    async def _handle_all(self, events: Sequence[Event]) -> int:
        """Handle or park the events of one message. Return the status to answer with."""

    async def _handle_one(self, event: Event) -> int:
        """Handle or park an event by itself. Return the status to answer with."""
        with self._entered(event) as span:
            try:
                status = await self._attempt(services().database, event)
            except OUTAGES as error:
                logs.failure("event_postponed", error)
                status = 503
            span.failed = status != HTTPStatus.OK
        return status

    async def _attempt(self, database: Database, event: Event) -> int:
        envelope = event.model_dump_json().encode()
        try:
            await self._handle(database, [_not_after_now(event)])
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

    def _entered(self, event: Event) -> AbstractContextManager[OpenSpan]:
        """Name the event in each line of the log, and record a span of its trace."""
        ids = {"event_id": str(event.id), "consumer": self.name}
        return entered(services(), event.traceparent, f"{self.name} {event.type}", "CONSUMER", **ids)

    def handler_of(self, event: Event) -> AnyHandler:
        """Raises `UnhandledType` if this consumer has none for events of that type."""
        handler = self._handlers.get(event.type)
        if handler is None:
            raise UnhandledType
        return handler

    def _claims(self, events: Sequence[Event]) -> dict[str, object]:
        people = [event.user_id for event in events]
        return {"consumer": self.name, "ids": [event.id for event in events], "people": people, "now": utc_now()}

    @abstractmethod
    async def _handle(self, database: Database, events: Sequence[Event]) -> None: ...


class Consumer(_AnyConsumer[Handler]):
    """Handles the events of a message in one transaction, together with their claims, so that each has its effect once.

    A handler gets the events of one type of one person. After the commit the consumer writes the live documents that
    were requested. A consumer that has some also listens to `schedule.live`, at which it writes those that lag behind.
    """

    def __init__(
        self, name: str, handlers: Mapping[AnyEventType, Handler], documents: LiveRefresher | None = None
    ) -> None:
        super().__init__(name, {schedule_live: _do_nothing, **handlers} if documents else handlers)
        self._documents = documents

    async def _handle_all(self, events: Sequence[Event]) -> int:
        if len(events) > 1 and await self._handle_together(events):
            return 200
        return max(await asyncio.gather(*(self._handle_one(event) for event in events)))

    async def _handle_together(self, events: Sequence[Event]) -> bool:
        """Whether all events are handled. If one fails, nothing has happened to any."""
        try:
            await self._handle(services().database, [_not_after_now(event) for event in events])
        except Exception as error:  # noqa: BLE001 - each event is now handled by itself
            logs.warn("message_split", consumer=self.name, events=len(events), reason=type(error).__name__)
            return False
        return True

    async def _handle(self, database: Database, events: Sequence[Event]) -> None:
        due = await database.retry(lambda: self._transact(database, events))
        if self._documents:
            await self._documents.write(due, _people(events))

    async def _transact(self, database: Database, events: Sequence[Event]) -> Sequence[DueDocument]:
        """Handle the events, and return the live documents that are to be written after the commit."""
        async with asyncio.timeout(TOGETHER_SECONDS if len(events) > 1 else None), database.service() as conn:
            claimed = {event_id for (event_id,) in (await conn.run(CLAIM_EVENTS, self._claims(events))).rows}
            if len(claimed) < len(events):
                logs.event("event_without_effect", events=len(events) - len(claimed))
            for group in by_person(event for event in events if event.id in claimed):
                await self._run_handler(conn, group, alone=len(events) == 1)
            leased = self._documents.lease(conn, _people(events)) if self._documents else None
        return leased.rows if leased else ()

    async def _run_handler(self, conn: Connection, group: Events, *, alone: bool) -> None:
        handler = self.handler_of(group[0])
        if alone:
            await handler(conn, group)
            return
        with self._entered(group[0]):
            set_role(conn, SERVICE_ROLE)  # the handler before has left another role, and another trace
            await handler(conn, group)


class LongRunningConsumer(_AnyConsumer[LongRunningHandler]):
    """Handles what takes longer than a transaction may, one event after the other.

    It claims an event afterwards, so it may handle it twice.
    """

    async def _handle_all(self, events: Sequence[Event]) -> int:
        ends_at, statuses = time.monotonic() + LONG_RUN_SECONDS, list[int]()
        for event in events:
            if statuses and time.monotonic() >= ends_at:
                return 503
            statuses.append(await self._handle_one(event))
        return max(statuses)

    async def _handle(self, database: Database, events: Sequence[Event]) -> None:
        [event] = events
        handler = self.handler_of(event)
        async with database.service() as conn:
            params = {"consumer": self.name, "event_id": event.id, "person": event.user_id}
            has_effect = (await conn.run(HAS_EFFECT, params)).rows
        if not has_effect:
            logs.event("event_without_effect")
            return
        await handler(event)
        async with database.service() as conn:
            conn.queue(CLAIM_EVENTS, self._claims(events))


async def _do_nothing(_: Connection, __: Events) -> None:
    """Handle a tick whose work begins after the commit."""


def _people(events: Sequence[Event]) -> list[UUID] | None:
    """The people of the events, or None, for everybody, if one of them names nobody."""
    people = {event.user_id for event in events}
    return None if None in people else [person for person in people if person]


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
