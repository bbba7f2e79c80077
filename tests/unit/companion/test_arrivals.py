"""The events of a model are read together when the last ones still keep the reply busy."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from functions.companion.arrivals import read_ahead
from shared.ai.port import Done, Failed, ModelEvent, TextDelta

LONG = 20  # turns of the loop


async def stream_of(*events: ModelEvent) -> AsyncGenerator[ModelEvent, None]:
    for event in events:
        yield event


async def all_of(events: AsyncIterator[ModelEvent]) -> list[ModelEvent]:
    """The events up to the first that ends a reply."""
    got = []
    async for event in events:
        got.append(event)
        if isinstance(event, Done | Failed):
            break
    return got


async def test_texts_that_have_arrived_are_one() -> None:
    """One transaction stores them."""
    async with read_ahead(stream_of(TextDelta("One. "), TextDelta("Two. "), Done("stop"))) as events:
        got = await all_of(events)

    assert got == [TextDelta("One. Two. "), Done("stop")]


async def test_nothing_is_read_while_events_are_handled() -> None:
    """What comes meanwhile waits at the provider's connection, where one read gets all of it."""
    read = list[int]()

    async def stream() -> AsyncGenerator[ModelEvent, None]:
        for number in range(9):
            await asyncio.sleep(0)
            read.append(number)
            yield TextDelta(str(number))

    async with read_ahead(stream()) as events:
        await anext(events)
        for _ in range(LONG):
            await asyncio.sleep(0)
        meanwhile = list(read)

    assert meanwhile == [0, 1]


async def test_a_stream_without_an_end_is_cut_short() -> None:
    """A reply always ends."""
    async with read_ahead(stream_of(TextDelta("One."))) as events:
        got = await all_of(events)

    assert got == [TextDelta("One."), Failed("cut_short")]


async def test_a_stream_that_breaks_is_cut_short() -> None:
    """What came before is kept."""

    async def stream() -> AsyncGenerator[ModelEvent, None]:
        yield TextDelta("One.")
        raise ZeroDivisionError

    async with read_ahead(stream()) as events:
        got = await all_of(events)

    assert got == [TextDelta("One."), Failed("cut_short")]


async def test_leaving_closes_the_stream() -> None:
    """The provider's request ends with the reply."""
    closed = asyncio.Event()

    async def stream() -> AsyncGenerator[ModelEvent, None]:
        try:
            yield TextDelta("One.")
            await asyncio.sleep(3600)
        finally:
            closed.set()

    async with read_ahead(stream()) as events:
        await anext(events)

    assert closed.is_set()
