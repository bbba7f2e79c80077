"""Reads what a model writes while something else is awaited, such as a transaction that stores what came before."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager
from itertools import groupby

from shared import logs
from shared.ai.port import Failed, ModelEvent, TextDelta

MOST_WAITING = 1000  # events; then the model has to wait


@asynccontextmanager
async def read_ahead(stream: AsyncGenerator[ModelEvent, None]) -> AsyncGenerator[AsyncIterator[ModelEvent], None]:
    """The events of a model, of which all texts that have arrived meanwhile are one, so that they are stored together.

    On leaving, the provider's request is closed.
    """
    waiting = asyncio.Queue[ModelEvent](MOST_WAITING)
    reading = asyncio.create_task(_read(stream, waiting))
    try:
        yield _arrived(waiting)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _read(stream: AsyncGenerator[ModelEvent, None], waiting: asyncio.Queue[ModelEvent]) -> None:
    """Read a stream to its end, which is a failure if the stream has none of its own."""
    try:
        async with aclosing(stream) as events:
            async for event in events:
                await waiting.put(event)
    except Exception as error:  # noqa: BLE001 - whatever it is, the person is told that the reply was cut short
        logs.failure("reply_crashed", error)
    await waiting.put(Failed("cut_short"))


async def _arrived(waiting: asyncio.Queue[ModelEvent]) -> AsyncIterator[ModelEvent]:
    while True:
        events = [await waiting.get()]
        while not waiting.empty():
            events.append(waiting.get_nowait())
        for event in _joined(events):
            yield event


def _joined(events: Iterable[ModelEvent]) -> Iterator[ModelEvent]:
    """The events, with texts that follow each other as one."""
    for kind, group in groupby(events, type):
        if kind is TextDelta:
            yield TextDelta("".join(event.text for event in group if isinstance(event, TextDelta)))
        else:
            yield from group
