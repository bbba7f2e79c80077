"""A function for tests, with operations that stream and that do not."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, ClassVar
from uuid import UUID

import functions_framework.aio
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from shared.errors import NotFound
from shared.http import (
    Api,
    Call,
    EventStream,
    JsonBody,
    LongCall,
    LongOperation,
    Operation,
    PublicCall,
    PublicOperation,
    RequestModel,
    ServerEvent,
    Stream,
    Streamed,
    model_response,
)
from shared.ids import new_id

BYTES = "application/octet-stream"
LAST = 3
running: set[str] = set()  # the sources that have begun and not ended
finished: list[str] = []  # those that came to their own end
go_on = asyncio.Event()  # what a patient source waits for


class Tick(BaseModel):
    number: int


class Role(BaseModel):
    name: str


class Made(BaseModel):
    id: UUID


class Draft(RequestModel):
    word: str


class Impatient(EventStream):
    heartbeat_seconds: ClassVar[float] = 0.001


def _tick(number: int) -> ServerEvent:
    return ServerEvent("tick", Tick(number=number), str(number))


async def _role(call: Call[Any, Any]) -> str:
    return str((await call.conn.run("SELECT current_user")).rows[0][0])


async def _ticks(call: LongCall) -> AsyncGenerator[ServerEvent, None]:
    first = int(call.last_event_id or 0) + 1
    for number in range(first, LAST + 1):
        yield _tick(number)


async def _following(call: LongCall) -> AsyncGenerator[ServerEvent, None]:
    place = f"{call.person.id} {id(call)}"
    running.add(place)
    try:
        yield ServerEvent("role", Role(name=await call.in_transaction(_role)))
        await go_on.wait()
        finished.append(place)
    finally:
        running.discard(place)


async def _failing() -> AsyncGenerator[ServerEvent, None]:
    yield _tick(1)
    raise KeyError("canary7f3e")


async def _breaking() -> AsyncGenerator[bytes, None]:
    yield b"the first half"
    raise KeyError("canary7f3e")


async def count(call: LongCall) -> Response:
    """Three ticks, after the client's last event."""
    return EventStream(_ticks(call))


async def follow(call: LongCall) -> Response:
    """One event, then nothing."""
    return EventStream(_following(call))


async def follow_alone(call: LongCall) -> Response:
    """The same, and it outlives its caller."""
    return EventStream(_following(call), outlives_caller=True)


async def wait_long(call: LongCall) -> Response:
    """The same, with a heartbeat at once."""
    return Impatient(_following(call))


async def hurry(call: LongCall) -> Response:
    """The same, with a short deadline."""
    return EventStream(_following(call))


async def fail(_: LongCall) -> Response:
    """An event, and then an error."""
    return EventStream(_failing())


async def break_off(_: LongCall) -> Response:
    """A file that fails in the middle."""
    return Stream(_breaking(), BYTES)


async def refuse(_: LongCall) -> Response:
    """Fails before the stream begins."""
    raise NotFound


async def pour(_: LongCall) -> Response:
    """Refuses an Idempotency-Key."""
    return Stream(_breaking(), BYTES)


async def work(call: LongCall[Draft]) -> Response:
    """Long work without a stream. Returns how often it has run."""
    finished.append(call.body.word)
    role = await call.in_transaction(_role)
    return model_response(Role(name=f"{role} {finished.count(call.body.word)}"), 201)


async def make(call: LongCall[Draft]) -> Response:
    """Long work that makes a record. Returns its id."""
    finished.append(call.body.word)
    return model_response(Made(id=new_id()), 201)


async def look(call: Call) -> Response:
    """An ordinary request."""
    return model_response(Role(name=await _role(call)))


async def tell_running(_: PublicCall) -> Response:
    """The number of open sources."""
    return Response(str(len(running)), media_type="text/plain")


TICKS = {200: Streamed(events={"tick": Tick})}
ROLES = {200: Streamed(events={"role": Role})}

app = Api(
    "streaming",
    LongOperation("GET", "/count", count, TICKS),
    LongOperation("GET", "/follow", follow, ROLES, seconds=600),
    LongOperation("GET", "/follow-alone", follow_alone, ROLES, seconds=600),
    LongOperation("GET", "/wait", wait_long, ROLES),
    LongOperation("GET", "/hurry", hurry, ROLES, seconds=0.5),
    LongOperation("GET", "/fail", fail, TICKS),
    LongOperation("GET", "/break", break_off, {200: Streamed(BYTES)}),
    LongOperation("GET", "/refuse", refuse, {200: Streamed(BYTES)}),
    LongOperation("POST", "/pour", pour, {200: Streamed(BYTES)}),
    LongOperation("POST", "/work", work, {201: Role}, body=JsonBody(Draft)),
    LongOperation("POST", "/make", make, {201: Made}, body=JsonBody(Draft)),
    Operation("GET", "/look", look, {200: Role}),
    PublicOperation("GET", "/running", tell_running, {200: "text/plain"}, counted=False),
)


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def streaming(_: Request) -> ASGIApp:
    return app
