"""Live documents as server-sent events at `GET /live`, for an app without Firestore. Only the local stack serves it.

A stream begins with all documents of the person. Afterwards each change is an event, with `null` for a document that
is gone. The id of an event names the state of all documents: a client that reconnects with the latest one gets
nothing again, and any other client gets all documents. The stream ends when the token expires.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import jwt
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from pydantic import BaseModel, JsonValue
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from shared.clock import utc_now
from shared.errors import MendError, TokenExpired, TooManyRequests
from shared.http.problems import problem
from shared.http.streams import EventStream, ServerEvent, last_event_id
from shared.ids import new_id
from shared.services import Services

STREAMS_OF_A_PERSON = 5
CHANNEL = "mend_live"

DOCUMENTS: LiteralString = """
    SELECT name, document FROM public.live_documents
    WHERE user_id = %(person)s AND expires_at > %(now)s ORDER BY name
"""

Documents = dict[str, dict[str, JsonValue]]


class TooManyStreams(TooManyRequests):
    """A person can have five streams at once. Close one first."""

    code = "too_many_streams"


class DocumentRow(NamedTuple):
    name: str
    document: dict[str, JsonValue]


class DocumentChange(BaseModel):
    name: str
    document: dict[str, JsonValue] | None


class LiveHub:
    """Wakes the streams of a person when one of their documents changes."""

    def __init__(self) -> None:
        self._streams: dict[UUID, list[asyncio.Event]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_closed = False

    async def listen(self, conn: AsyncConnection[TupleRow]) -> None:
        self._loop = asyncio.get_running_loop()
        await conn.execute(f"LISTEN {CHANNEL}")
        self._wake_all()  # a change may have been missed since the last connection
        async for notification in conn.notifies():
            for stream in self._streams.get(UUID(notification.payload), ()):
                stream.set()

    @contextmanager
    def opened(self, person: UUID) -> Iterator[asyncio.Event]:
        """An event that is set at each change. Raises `TooManyStreams`."""
        streams = self._streams.setdefault(person, [])
        if len(streams) >= STREAMS_OF_A_PERSON:
            raise TooManyStreams
        changed = asyncio.Event()
        streams.append(changed)
        try:
            yield changed
        finally:
            streams.remove(changed)
            if not streams:
                del self._streams[person]

    def close(self) -> None:
        """End all streams. Any thread may call it."""
        self.is_closed = True
        if self._loop:
            self._loop.call_soon_threadsafe(self._wake_all)

    def _wake_all(self) -> None:
        for streams in self._streams.values():
            for stream in streams:
                stream.set()


class LiveStreams:
    """The ASGI app at `/live`."""

    def __init__(self, services: Services, hub: LiveHub) -> None:
        self._services = services
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            authorization = request.headers.get("authorization")
            person = (await self._services.authenticator.person(authorization)).id
            last_id = last_event_id(request)
            with self._hub.opened(person) as changed:
                stream = EventStream(self._events(person, last_id, changed))
                await _send(stream, receive, send, _seconds_left(authorization or ""))
        except MendError as error:
            await problem(error, str(new_id()))(scope, receive, send)

    async def _events(
        self, person: UUID, last_id: str | None, changed: asyncio.Event
    ) -> AsyncGenerator[ServerEvent, None]:
        documents = await self._read(person)
        sent: Documents = documents if _state(documents) == last_id else {}
        while not self._hub.is_closed:
            for name in sorted(documents.keys() | sent.keys()):
                document = documents.get(name)
                if document != sent.get(name):
                    sent = {**sent, name: document} if document else {k: v for k, v in sent.items() if k != name}
                    yield ServerEvent("document", DocumentChange(name=name, document=document), _state(sent))
            await changed.wait()
            changed.clear()
            documents = await self._read(person)

    async def _read(self, person: UUID) -> Documents:
        async def read() -> Documents:
            async with self._services.database.service() as conn:
                rows = (await conn.run(DOCUMENTS, {"person": person, "now": utc_now()}, DocumentRow)).rows
            return {row.name: row.document for row in rows}

        return await self._services.database.retry(read)


def live_routes(services: Services, hub: LiveHub) -> list[BaseRoute]:
    """The route, or none if Firestore holds the documents."""
    if services.settings.firestore_project:
        return []
    return [Route("/live", LiveStreams(services, hub), methods=["GET"])]


async def _send(stream: EventStream, receive: Receive, send: Send, seconds: float) -> None:
    try:
        await stream.send(receive, send, asyncio.get_running_loop().time() + seconds)
    except TimeoutError:
        await stream.fail(send, problem(TokenExpired(), str(new_id())))
    except MendError as error:
        await stream.fail(send, problem(error, str(new_id())))


def _seconds_left(authorization: str) -> float:
    """Until the token of this header expires. It was verified before."""
    claims: dict[str, Any] = jwt.decode(authorization.partition(" ")[2], options={"verify_signature": False})
    return max(0.0, float(claims["exp"]) - utc_now().timestamp())


def _state(documents: Documents) -> str:
    return sha256(json.dumps(documents, sort_keys=True).encode()).hexdigest()[:24]
