"""GET /live: the live documents of a person as server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from starlette.routing import Router
from starlette.types import Message

from infra.local.dispatcher import with_connection
from infra.local.live import STREAMS_OF_A_PERSON, LiveHub, live_routes
from shared.clock import utc_now
from shared.live import PostgresLive, StoredDocument
from shared.services import Services
from tests.conftest import Clone, Issuer, sign_up

PATIENCE_SECONDS = 30


class Change(NamedTuple):
    id: str
    name: str
    document: Any


class Stream:
    """One request, as a server passes it to the app."""

    def __init__(self, router: Router, authorization: str, last_id: str) -> None:
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._left = asyncio.Event()
        headers = [(b"authorization", authorization.encode()), (b"last-event-id", last_id.encode())]
        scope = {"type": "http", "method": "GET", "path": "/live", "query_string": b"", "headers": headers}
        self._running = asyncio.create_task(router(scope, self._receive, self._messages.put))

    async def _receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def status(self) -> int:
        status: int = (await self._next())["status"]
        return status

    async def change(self) -> Change:
        lines = (await self._next())["body"].decode().strip().split("\n")
        fields = dict(line.split(": ", 1) for line in lines)
        return Change(fields["id"], **json.loads(fields["data"]))

    async def end(self) -> bytes:
        """The last chunk, after which the server closes the stream."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._running
        last = self._messages.get_nowait()
        assert not last.get("more_body")
        return bytes(last["body"])

    async def leave(self) -> None:
        self._left.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._running

    async def _next(self) -> Message:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._messages.get()


class Stage(NamedTuple):
    open: Callable[..., Awaitable[Stream]]
    put: Callable[..., Awaitable[None]]
    hub: LiveHub


@pytest.fixture
async def stage(services: Services, database: Clone, issuer: Issuer) -> AsyncIterator[Stage]:
    hub = LiveHub()
    router, live, streams = Router(live_routes(services, hub)), PostgresLive(services.database), []
    listening = asyncio.create_task(with_connection(database.dsn("postgres"), hub.listen))

    async def opened(person: UUID, *, last_id: str = "", status: int = 200, **claims: object) -> Stream:
        stream = Stream(router, f"Bearer {issuer.token(person, **claims)}", last_id)
        streams.append(stream)
        assert await stream.status() == status
        return stream

    async def put(person: UUID, name: str, value: int, lasts: timedelta = timedelta(days=1)) -> None:
        await live.put([StoredDocument(person, name, {"value": value}, utc_now() + lasts)])

    yield Stage(opened, put, hub)
    for stream in streams:
        await stream.leave()
    while not listening.done():
        listening.cancel()
        await asyncio.wait([listening], timeout=1)


async def test_a_stream_begins_with_all_documents_and_follows_them(stage: Stage, database: Clone) -> None:
    person = sign_up(database)
    await stage.put(person, "streak", 1)
    await stage.put(person, "feed", 1)

    stream = await stage.open(person)
    first = [await stream.change(), await stream.change()]
    await stage.put(person, "streak", 2)
    second = await stream.change()

    assert [(change.name, change.document) for change in [*first, second]] == [
        ("feed", {"value": 1}),
        ("streak", {"value": 1}),
        ("streak", {"value": 2}),
    ]


async def test_nobody_sees_documents_of_another_person(stage: Stage, database: Clone) -> None:
    """Neither at the start nor when they change."""
    me, other = sign_up(database), sign_up(database)
    await stage.put(other, "streak", 1)
    stream = await stage.open(me)

    await stage.put(other, "streak", 2)
    await stage.put(me, "streak", 3)

    assert (await stream.change()).document == {"value": 3}


async def test_who_reconnects_gets_only_what_is_new(stage: Stage, database: Clone) -> None:
    """With the id of the latest event, nothing comes twice. With an older or unknown one, everything comes."""
    person = sign_up(database)
    await stage.put(person, "feed", 1)
    await stage.put(person, "streak", 1)
    stream = await stage.open(person)
    half, latest = await stream.change(), await stream.change()
    await stream.leave()

    up_to_date = await stage.open(person, last_id=latest.id)
    outdated = await stage.open(person, last_id=half.id)
    again = [(await outdated.change()).name, (await outdated.change()).name]
    await stage.put(person, "streak", 2)

    assert again == ["feed", "streak"]
    assert (await up_to_date.change()).document == {"value": 2}


async def test_a_document_that_is_gone_is_null(stage: Stage, database: Clone) -> None:
    """Also one that expired, as soon as anything changes."""
    person = sign_up(database)
    await stage.put(person, "streak", 1)
    stream = await stage.open(person)
    await stream.change()

    await stage.put(person, "streak", 1, lasts=timedelta(seconds=-1))
    gone = await stream.change()

    assert (gone.name, gone.document) == ("streak", None)


async def test_a_stream_ends_with_its_token(stage: Stage, database: Clone) -> None:
    """The last event says why. A token that has just expired is still accepted, and its stream ends at once."""
    person = sign_up(database)
    now = int(utc_now().timestamp())

    stream = await stage.open(person, iat=now - 3600, exp=now - 1)

    assert b'"code": "token_expired"' in await stream.end()


async def test_a_person_has_five_streams_at_most(stage: Stage, database: Clone) -> None:
    """A sixth is refused until one of them is closed."""
    me, other = sign_up(database), sign_up(database)
    streams = [await stage.open(me) for _ in range(STREAMS_OF_A_PERSON)]

    await stage.open(me, status=429)
    await stage.open(other)
    await streams[0].leave()
    await stage.open(me)


async def test_streams_end_with_the_stack(stage: Stage, database: Clone) -> None:
    stream = await stage.open(sign_up(database))

    stage.hub.close()

    assert await stream.end() == b""


async def test_without_a_valid_token_there_is_no_stream(stage: Stage, database: Clone) -> None:
    await stage.open(sign_up(database), status=401, role="anon")


async def test_where_firestore_holds_the_documents_there_is_no_stream(services: Services) -> None:
    elsewhere = Services(services.settings.model_copy(update={"firestore_project": "demo"}))

    assert live_routes(elsewhere, LiveHub()) == []
