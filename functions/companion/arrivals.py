"""What a model has written while something else was awaited, such as storing what came before."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from itertools import groupby

from shared import logs
from shared.ai.port import Failed, ModelEvent, TextDelta

MOST_WAITING = 1000  # events; then the model has to wait


class Arrivals:
    """The events of a model. They are read all the time, so that one transaction stores all that has arrived."""

    def __init__(self) -> None:
        self._waiting = asyncio.Queue[ModelEvent](MOST_WAITING)

    async def next(self) -> list[ModelEvent]:
        """The events since the last call, at least one. Texts that follow each other are one."""
        events = [await self._waiting.get()]
        while not self._waiting.empty():
            events.append(self._waiting.get_nowait())
        return [event for is_text, group in groupby(events, _is_text) for event in _joined(list(group), is_text)]

    async def read(self, stream: AsyncGenerator[ModelEvent, None]) -> None:
        """Read a stream to its end, which is a failure if the stream has none of its own."""
        try:
            async with aclosing(stream) as events:
                async for event in events:
                    await self._waiting.put(event)
        except Exception as error:  # noqa: BLE001 - whatever it is, the person is told that the reply was cut short
            logs.failure("reply_crashed", error)
        await self._waiting.put(Failed("cut_short"))


@asynccontextmanager
async def arrivals_of(stream: AsyncGenerator[ModelEvent, None]) -> AsyncGenerator[Arrivals, None]:
    """Read a stream in a task of its own. On leaving, the provider's request is closed."""
    arrivals = Arrivals()
    reading = asyncio.create_task(arrivals.read(stream))
    try:
        yield arrivals
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def _is_text(event: ModelEvent) -> bool:
    return isinstance(event, TextDelta)


def _joined(events: list[ModelEvent], is_text: bool) -> list[ModelEvent]:  # noqa: FBT001
    return [TextDelta("".join(event.text for event in events if isinstance(event, TextDelta)))] if is_text else events
