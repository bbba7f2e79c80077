"""Concurrent work: many callers in one transaction, and several tasks of which each is finished."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def finish_all(*work: Coroutine[Any, Any, R]) -> list[R]:
    """The results of all, in their order. Raises the first exception, after the others have finished as well."""
    tasks = [asyncio.ensure_future(each) for each in work]
    await asyncio.gather(*tasks, return_exceptions=True)
    return [task.result() for task in tasks]


class Grouped(Generic[T, R]):
    """Calls `work` with the items of many callers at once: while one group is worked on, the next one gathers.

    `work` returns one result for each item, in their order. What it raises is raised to each caller of the group.
    """

    def __init__(self, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]], largest: int | None = None) -> None:
        self._work = work
        self._largest = largest  # size of a group
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, item: T) -> R:
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None:  # a task of its own: a caller that is cancelled does not cancel the others
            self._task = asyncio.create_task(self._work_on_groups())
        return await future

    async def _work_on_groups(self) -> None:
        while self._waiting:
            group = self._waiting[: self._largest]
            del self._waiting[: self._largest]
            try:
                results = await self._work([item for item, _ in group])
            except Exception as error:  # noqa: BLE001 - each caller gets it
                for _, future in group:
                    if not future.done():
                        future.set_exception(error)
            else:
                for (_, future), result in zip(group, results, strict=True):
                    if not future.done():  # its caller was cancelled
                        future.set_result(result)
        self._task = None
