"""Concurrent work: groups of callers, and tasks of which each is finished."""

import asyncio
from collections.abc import Sequence

import pytest

from functions.notify.concurrency import Grouped, finish_all


class NegativeNumber(Exception):
    pass


class Doubling:
    """Doubles numbers, and fails for a negative one. It waits until it is released."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.begun, self.released = asyncio.Event(), asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.groups.append(list(numbers))
        self.begun.set()
        await self.released.wait()
        if min(numbers) < 0:
            raise NegativeNumber
        return [2 * number for number in numbers]


async def begun(work: Doubling, *numbers: int, largest: int | None = None) -> list[asyncio.Task[int]]:
    """One caller that is worked for, and further callers that wait."""
    double = Grouped(work, largest)
    tasks = [asyncio.create_task(double(number)) for number in numbers[:1]]
    await work.begun.wait()
    tasks += [asyncio.create_task(double(number)) for number in numbers[1:]]
    await asyncio.sleep(0)
    return tasks


async def test_callers_that_wait_form_one_group() -> None:
    """Each gets its own result."""
    work = Doubling()
    tasks = await begun(work, 1, 2, 3, 4)

    work.released.set()

    assert await asyncio.gather(*tasks) == [2, 4, 6, 8]
    assert work.groups == [[1], [2, 3, 4]]


async def test_a_group_has_a_largest_size() -> None:
    """Those who came first are first."""
    work = Doubling()
    tasks = await begun(work, 1, 2, 3, 4, largest=2)

    work.released.set()

    assert await asyncio.gather(*tasks) == [2, 4, 6, 8]
    assert work.groups == [[1], [2, 3], [4]]


async def test_a_failure_is_raised_to_its_group_only() -> None:
    work = Doubling()
    tasks = await begun(work, 1, -2, 3)

    work.released.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(result) for result in results] == [int, NegativeNumber, NegativeNumber]


async def test_a_cancelled_caller_cancels_no_other() -> None:
    """Not even the one that began the group."""
    work = Doubling()
    tasks = await begun(work, 1, 2, 3)

    tasks[0].cancel()
    tasks[1].cancel()
    await asyncio.sleep(0)
    work.released.set()

    assert await tasks[2] == 6


async def test_the_first_exception_is_raised_when_all_have_finished() -> None:
    finished = []

    async def fail() -> None:
        raise NegativeNumber

    async def finish() -> None:
        await asyncio.sleep(0)
        finished.append(1)

    with pytest.raises(NegativeNumber):
        await finish_all(fail(), finish())
    assert finished == [1]
