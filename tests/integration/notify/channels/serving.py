"""A provider on this machine: it answers as a test says, notes what it was asked, and breaks off where told to."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal, NamedTuple


@dataclass(frozen=True)
class Asked:
    path: str
    headers: Mapping[str, str]
    document: dict[str, Any]
    at: float


class Reply(NamedTuple):
    status: int = 200
    document: object = {}
    headers: Mapping[str, str] = {}
    cut: bool = False  # the connection breaks in the middle of it


Said = Reply | Literal["reset", "silence"]


@dataclass
class Provider:
    url: str = ""
    answering: Callable[[Asked], Said] = lambda _: Reply()
    seconds: float = 0
    gathers: int = 0  # so many requests, before the first answer
    asked: list[Asked] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    gathered: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while said := await self._answer(await read(reader)):
                writer.write(written(said))
                if said.cut:
                    await writer.drain()
                    break
        writer.transport.abort()

    async def _answer(self, asked: Asked) -> Reply | None:
        self.asked.append(asked)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        if self.in_flight >= self.gathers:
            self.gathered.set()
        await self.gathered.wait()
        said = self.answering(asked)
        await asyncio.sleep(60 if said == "silence" else self.seconds)
        self.in_flight -= 1
        return said if isinstance(said, Reply) else None

    def gaps(self) -> list[float]:
        return [later.at - earlier.at for earlier, later in zip(self.asked, self.asked[1:], strict=False)]


def in_turn(*replies: Said) -> Callable[[Asked], Said]:
    """Each once, and the last one from then on."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


async def read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    return Asked(first.split(" ")[1], headers, json.loads(body), asyncio.get_running_loop().time())


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
