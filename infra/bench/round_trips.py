"""Counts round trips: a proxy before Postgres that notes every turn from listening to speaking."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHUNK = 64 * 1024


class Counter:
    """A round trip begins whenever the client speaks after the server has."""

    def __init__(self) -> None:
        self.count = 0

    async def pipe(self, upstream: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(upstream)
        answered = True

        async def forward(source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, asking: bool) -> None:
            nonlocal answered
            while data := await source.read(CHUNK):
                self.count += asking and answered
                answered = not asking
                sink.write(data)
                await sink.drain()
            sink.close()

        await asyncio.gather(forward(reader, there_writer, asking=True), forward(there_reader, writer, asking=False))


@contextmanager
def counting(socket: Path, folder: Path) -> Iterator[Counter]:
    """A socket in `folder` behind which the Postgres of `socket` answers."""
    counter = Counter()
    listening, done = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        server = await asyncio.start_unix_server(
            lambda reader, writer: counter.pipe(str(socket), reader, writer), folder / socket.name
        )
        listening.set()
        async with server:
            await done.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    listening.wait(5)
    yield counter
    loops[0].call_soon_threadsafe(done.set)
    thread.join(5)
