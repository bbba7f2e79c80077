"""At most two requests of a caller hold a permit at the same time."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from shared.request_permits import PERMITS, RequestPermits, TooManyAtOnce

LONG = 3600.0


async def hold_all(permits: RequestPermits, caller: str, stack: AsyncExitStack) -> None:
    for _ in range(PERMITS):
        await stack.enter_async_context(permits.hold(caller))


async def run(permits: RequestPermits, caller: str, done: list[str], name: str) -> None:
    async with permits.hold(caller):
        done.append(name)


async def test_a_third_request_is_refused_when_no_slot_becomes_free_in_time() -> None:
    """The problem is a 429 that says when to try again."""
    permits = RequestPermits(wait_seconds=0)

    async with AsyncExitStack() as held:
        await hold_all(permits, "ann", held)
        with pytest.raises(TooManyAtOnce) as refused:
            await run(permits, "ann", [], "third")

    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1"})


async def test_another_caller_has_slots_of_their_own() -> None:
    """However many requests of the first one wait."""
    permits, done = RequestPermits(wait_seconds=0), list[str]()

    async with AsyncExitStack() as held:
        await hold_all(permits, "ann", held)
        await run(permits, "bea", done, "hers")

    assert done == ["hers"]


async def test_waiting_requests_run_in_the_order_in_which_they_came() -> None:
    """A released permit goes to the request that has waited longest."""
    permits, done = RequestPermits(LONG), list[str]()
    async with AsyncExitStack() as held:
        await hold_all(permits, "ann", held)
        waiting = [asyncio.create_task(run(permits, "ann", done, name)) for name in ("third", "fourth", "fifth")]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)

    assert done == ["third", "fourth", "fifth"]


async def test_a_failed_request_releases_its_slot() -> None:
    """Its error passes through unchanged."""
    permits, done = RequestPermits(wait_seconds=0), list[str]()
    for _ in range(PERMITS):
        with pytest.raises(KeyError):
            async with permits.hold("ann"):
                raise KeyError
    await run(permits, "ann", done, "next")

    assert done == ["next"]


@pytest.mark.parametrize("released_first", [False, True])
async def test_a_cancelled_request_leaves_no_slot_taken(*, released_first: bool) -> None:
    """Neither while it waits, nor when a permit becomes free at the same moment."""
    permits, done = RequestPermits(LONG), list[str]()
    async with AsyncExitStack() as held:
        await hold_all(permits, "ann", held)
        waiting = asyncio.create_task(run(permits, "ann", done, "cancelled"))
        await asyncio.sleep(0)
        if released_first:
            await held.aclose()
        waiting.cancel()
        await asyncio.wait([waiting])
    await asyncio.gather(*(run(permits, "ann", done, "later") for _ in range(PERMITS)))

    assert waiting.cancelled()
    assert done == ["later"] * PERMITS


async def test_a_caller_without_a_request_takes_no_memory() -> None:
    """Also after refusals, errors and cancellations."""
    permits = RequestPermits(wait_seconds=0)

    async with AsyncExitStack() as held:
        await hold_all(permits, "ann", held)
        refused = await asyncio.gather(*(run(permits, "ann", [], "x") for _ in range(8)), return_exceptions=True)
        waiting = asyncio.create_task(run(permits, "ann", [], "cancelled"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        during = len(permits._callers)  # noqa: SLF001 - memory is what counts

    assert {type(error) for error in refused} == {TooManyAtOnce}
    assert (during, len(permits._callers)) == (1, 0)  # noqa: SLF001
