"""Streamed responses: bytes, or server-sent events.

A stream is not buffered and has no ETag. Its source is an async generator, which is closed when the stream ends, also
after an error or a disconnect, so that its `finally` runs.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterator, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shared.errors import Invalid

EVENT_STREAM = "text/event-stream"
LONGEST_EVENT_ID = 255
CANCEL_AGAIN_SECONDS = 5
LAST_CHUNK_SECONDS = 5  # for the last chunk, if the caller does not read


class ServerEvent(NamedTuple):
    """One event of a stream. A client that reconnects sends the last `id` it has seen."""

    name: str
    data: BaseModel
    id: str | None = None

    def encode(self) -> bytes:
        id_line = f"id: {self.id}\n" if self.id else ""
        return f"{id_line}event: {self.name}\ndata: {self.data.model_dump_json(exclude_unset=True)}\n\n".encode()


def last_event_id(request: Request) -> str | None:
    """The `Last-Event-ID` header. It is untrusted: a handler validates it."""
    value = request.headers.get("last-event-id")
    if value and not (len(value) <= LONGEST_EVENT_ID and value.isascii() and value.isprintable()):
        raise Invalid(f"A Last-Event-ID has at most {LONGEST_EVENT_ID} printable characters.")
    return value or None


class Stream(Response):
    """Bytes of any media type. An error closes the connection without an end, so that the caller can detect it.

    When the caller disconnects, the source is cancelled. With `outlives_caller` it runs to its end or the deadline.
    """

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        media_type: str,
        headers: Mapping[str, str] | None = None,
        *,
        outlives_caller: bool = False,
    ) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no", **(headers or {})}, media_type=media_type)
        del self.headers["content-length"]
        self.bytes_sent = 0
        self._chunks = chunks
        self._outlives_caller = outlives_caller
        self._writing = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a HEAD request: the source, which may hold a connection already, ends unread."""
        await self._chunks.aclose()
        await super().__call__(scope, receive, send)

    async def send(self, receive: Receive, send: Send, deadline: float) -> bool:
        """Send the stream. Returns whether it was complete: False if the caller left. Raises what its source raises."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        sending = asyncio.create_task(self._send_chunks(send, deadline))
        tasks = [sending, *map(asyncio.create_task, self._companions(receive, send))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _stop(tasks)
        if sending.cancelled():
            return False
        sending.result()
        await _send_last(send, b"")
        return True

    async def fail(self, send: Send, problem: Response) -> None:
        """Send no end, which makes the server close the connection."""

    def _companions(self, receive: Receive, send: Send) -> Iterator[Coroutine[Any, Any, None]]:  # noqa: ARG002
        """Coroutines that run beside the source. The stream ends when one of them returns."""
        if not self._outlives_caller:
            yield _until_left(receive)

    async def _send_chunks(self, send: Send, deadline: float) -> None:
        async with asyncio.timeout_at(deadline), aclosing(self._chunks) as chunks:
            async for chunk in chunks:
                await self._write(send, chunk)

    async def _write(self, send: Send, chunk: bytes) -> None:
        async with self._writing:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        self.bytes_sent += len(chunk)


class EventStream(Stream):
    """Server-sent events. Comments keep the connection open; an error is sent as the last event."""

    heartbeat_seconds: ClassVar[float] = 15

    def __init__(self, events: AsyncGenerator[ServerEvent, None], *, outlives_caller: bool = False) -> None:
        super().__init__(_encoded(events), EVENT_STREAM, outlives_caller=outlives_caller)

    async def fail(self, send: Send, problem: Response) -> None:
        await _send_last(send, b"event: error\ndata: " + bytes(problem.body) + b"\n\n")

    def _companions(self, receive: Receive, send: Send) -> Iterator[Coroutine[Any, Any, None]]:
        yield from super()._companions(receive, send)
        yield self._heartbeats(send)

    async def _heartbeats(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self.heartbeat_seconds)
            await self._write(send, b":\n\n")


async def _encoded(events: AsyncGenerator[ServerEvent, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(events):
        async for event in events:
            yield event.encode()


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _stop(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel the tasks until they have ended. In Python 3.11 `asyncio.wait_for`, and so psycopg, may lose a cancel."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


async def _send_last(send: Send, chunk: bytes) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_CHUNK_SECONDS):
            await send({"type": "http.response.body", "body": chunk})
