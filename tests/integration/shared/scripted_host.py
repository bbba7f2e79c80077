"""A host on this machine that answers each request by a script, byte by byte."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Step = bytes | Literal["reset", "stall", "close"]
Script = Sequence[Step]


class Seen(NamedTuple):
    line: str
    headers: Mapping[str, str]
    body: bytes


def whole(status: int = 200, body: bytes = b"{}", **headers: str) -> Script:
    """A response with its length."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ["\r\n".join([*lines, "", ""]).encode() + body]


def begun(length: int, *steps: Step, status: int = 200) -> Script:
    """The headers of a response of that length, then the steps."""
    return [f"HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n".encode(), *steps]


@dataclass
class ScriptedHost:
    """Plays one script a request, and the last one from then on."""

    url: str = ""
    scripts: list[Script] = field(default_factory=lambda: [whole()])
    seen: list[Seen] = field(default_factory=list)
    stalling: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)  # a client closed its connection
    connections: int = 0  # that were opened

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                self.seen.append(await _request(reader))
                script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                await self._play(script, reader, writer)
        self.left.set()
        writer.transport.abort()

    async def _play(self, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for step in script:
            if step == "stall":
                self.stalling.set()
                await reader.readexactly(1)  # until the client leaves
            elif step == "reset":
                writer.transport.abort()
                raise ConnectionResetError
            elif step == "close":
                writer.close()
                raise ConnectionResetError
            else:
                writer.write(step)
                await writer.drain()


async def _request(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (header.partition(": ") for header in lines)}
    return Seen(line, headers, await reader.readexactly(int(headers.get("content-length", 0))))


@asynccontextmanager
async def scripted_host(port: int = 0) -> AsyncIterator[ScriptedHost]:
    host = ScriptedHost()
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        connections.add(task)
        with suppress(asyncio.CancelledError):
            await host.serve(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    host.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield host
    server.close()
    for task in connections:
        task.cancel()
    await asyncio.gather(*connections)
