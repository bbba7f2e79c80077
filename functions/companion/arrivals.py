"""The events of a model: what has come while something else was awaited is read and stored together."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager
from itertools import groupby

from shared import logs
from shared.ai.port import Failed, ModelEvent, TextDelta


@asynccontextmanager
async def read_ahead(stream: AsyncGenerator[ModelEvent, None]) -> AsyncGenerator[AsyncIterator[ModelEvent], None]:
    """The events of a model, of which all texts that have arrived meanwhile are one, so that they are stored together.

    On leaving, the provider's request is closed.
    """
    arrivals = _Arrivals()
    reading = asyncio.create_task(arrivals.read(stream))
    try:
        yield arrivals.events()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


class _Arrivals:
    """While events are handled, nothing is read: then one read gets all that has come, which takes less time."""

    def __init__(self) -> None:
        self._waiting = asyncio.Queue[ModelEvent]()
        self._may_read = asyncio.Event()

    async def read(self, stream: AsyncGenerator[ModelEvent, None]) -> None:
        """Read a stream to its end, which is a failure if the stream has none of its own."""
        try:
            async with aclosing(stream) as events:
                async for event in events:
                    self._waiting.put_nowait(event)
                    await self._may_read.wait()
        except Exception as error:  # noqa: BLE001 - whatever it is, the person is told that the reply was cut short
            logs.failure("reply_crashed", error)
        self._waiting.put_nowait(Failed("cut_short"))

    async def events(self) -> AsyncIterator[ModelEvent]:
        while True:
            self._may_read.set()
            await asyncio.sleep(0)  # the reader adds what it has in memory
            events = [await self._waiting.get()]
            while not self._waiting.empty():
                events.append(self._waiting.get_nowait())
            self._may_read.clear()
            for event in _joined(events):
                yield event


def _joined(events: Iterable[ModelEvent]) -> Iterator[ModelEvent]:
    """The events, with texts that follow each other as one."""
    for kind, group in groupby(events, type):
        if kind is TextDelta:
            yield TextDelta("".join(event.text for event in group if isinstance(event, TextDelta)))
        else:
            yield from group
