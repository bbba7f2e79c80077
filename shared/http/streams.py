"""Answers that are sent while they are made: bytes, or server-sent events.

Nothing is buffered, and nothing is kept for an ETag. The source of a stream is an async generator; it is closed when
the stream ends, for whatever reason, so that its `finally` runs.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterator, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Send

from shared.errors import Invalid

EVENT_STREAM = "text/event-stream"
LONGEST_EVENT_ID = 255
LAST_CHUNK_SECONDS = 5  # for a caller who does not read, once the stream is over


class ServerEvent(NamedTuple):
    """One event of a stream. A client that reconnects sends the last `id` it has seen."""

    name: str
    data: BaseModel
    id: str | None = None

    def encode(self) -> bytes:
        place = f"id: {self.id}\n" if self.id else ""
        return f"{place}event: {self.name}\ndata: {self.data.model_dump_json(exclude_unset=True)}\n\n".encode()


def last_event_id(request: Request) -> str | None:
    """Where a client wants to resume; an id is not trusted to be one of ours."""
    value = request.headers.get("last-event-id")
    if value and not (len(value) <= LONGEST_EVENT_ID and value.isascii() and value.isprintable()):
        raise Invalid(f"A Last-Event-ID has at most {LONGEST_EVENT_ID} printable characters.")
    return value or None


class Stream(Response):
    """Bytes of any media type. An error cuts the connection, so that the caller sees that the body is not whole.

    When the caller leaves, the source is cancelled; with `outlives_caller` it runs on to its end, or to the deadline.
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

    async def send(self, receive: Receive, send: Send, deadline: float) -> bool:
        """Send it; whether it came to its end: False where the caller left. Raises what its source raises."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        sending = asyncio.create_task(self._send_chunks(send, deadline))
        tasks = [sending, *map(asyncio.create_task, self._beside(receive, send))]
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
        """Send no end: the server then cuts the connection."""

    def _beside(self, receive: Receive, send: Send) -> Iterator[Coroutine[Any, Any, None]]:  # noqa: ARG002
        """What runs beside the source, and ends the stream if it returns."""
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
    """Server-sent events. A comment now and then keeps the connection open; an error is the last event."""

    heartbeat_seconds: ClassVar[float] = 15

    def __init__(self, events: AsyncGenerator[ServerEvent, None], *, outlives_caller: bool = False) -> None:
        super().__init__(_encoded(events), EVENT_STREAM, outlives_caller=outlives_caller)

    async def fail(self, send: Send, problem: Response) -> None:
        await _send_last(send, b"event: error\ndata: " + bytes(problem.body) + b"\n\n")

    def _beside(self, receive: Receive, send: Send) -> Iterator[Coroutine[Any, Any, None]]:
        yield from super()._beside(receive, send)
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
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _send_last(send: Send, chunk: bytes) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_CHUNK_SECONDS):
            await send({"type": "http.response.body", "body": chunk})
