"""Counts round trips to Postgres by a proxy in front of it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHUNK = 64 * 1024


class Counter:
    """A round trip begins when the client sends something after the server has answered."""

    def __init__(self) -> None:
        self.count = 0

    async def pipe(self, upstream: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(upstream)
        answered = True

        async def forward(source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, from_client: bool) -> None:
            nonlocal answered
            while data := await source.read(CHUNK):
                self.count += from_client and answered
                answered = not from_client
                sink.write(data)
                await sink.drain()
            sink.close()

        try:
            await asyncio.gather(
                forward(reader, server_writer, from_client=True), forward(server_reader, writer, from_client=False)
            )
        finally:  # also when the proxy ends before its clients
            server_writer.close()
            writer.close()


@contextmanager
def counting(socket: Path, folder: Path) -> Iterator[Counter]:
    """A proxy whose socket lies in `folder`, in front of the Postgres at `socket`."""
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
