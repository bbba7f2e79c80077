"""A provider on loopback. It records requests, and a test sets its responses, delays and broken connections."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal, NamedTuple


@dataclass(frozen=True)
class ReceivedRequest:
    path: str
    headers: Mapping[str, str]
    document: dict[str, Any]
    at: float


class Reply(NamedTuple):
    status: int = 200
    document: object = {}
    headers: Mapping[str, str] = {}
    cut: bool = False  # the connection breaks within the body


Behaviour = Reply | Literal["reset", "silence"]


@dataclass
class Provider:
    url: str = ""
    answering: Callable[[ReceivedRequest], Behaviour] = lambda _: Reply()
    seconds: float = 0
    gathers: int = 0  # the number of requests in flight before the first response
    requests: list[ReceivedRequest] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    gathered: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while reply := await self._answer(await read(reader)):
                writer.write(written(reply))
                if reply.cut:
                    await writer.drain()
                    break
        writer.transport.abort()

    async def _answer(self, request: ReceivedRequest) -> Reply | None:
        self.requests.append(request)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        if self.in_flight >= self.gathers:
            self.gathered.set()
        await self.gathered.wait()
        behaviour = self.answering(request)
        await asyncio.sleep(60 if behaviour == "silence" else self.seconds)
        self.in_flight -= 1
        return behaviour if isinstance(behaviour, Reply) else None

    def gaps(self) -> list[float]:
        return [later.at - earlier.at for earlier, later in zip(self.requests, self.requests[1:], strict=False)]


def in_turn(*replies: Behaviour) -> Callable[[ReceivedRequest], Behaviour]:
    """Each behaviour once, then the last one for every further request."""
    remaining = list(replies)
    return lambda _: remaining.pop(0) if len(remaining) > 1 else remaining[0]


async def read(reader: asyncio.StreamReader) -> ReceivedRequest:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    return ReceivedRequest(first.split(" ")[1], headers, json.loads(body), asyncio.get_running_loop().time())


def written(reply: Reply) -> bytes:
    body = json.dumps(reply.document).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body) + reply.cut), **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}", *(f"{n}: {v}" for n, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def serving() -> AsyncIterator[Provider]:
    provider = Provider()
    working: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        working.add(task)
        with suppress(asyncio.CancelledError):
            await provider.serve(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    provider.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield provider
    server.close()
    for task in working:
        task.cancel()
    await asyncio.gather(*working)
