"""Permits: at most two requests of a caller use the database connections of a process at the same time.

Without them, a few slow requests of one person could hold every connection of the pool. A caller has one permit for
heavy requests, because several of them would take all processor time of the process.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shared.errors import TooManyRequests

PERMITS = 2  # of a caller
HEAVY_PERMITS = 1
WAIT_SECONDS = 1.0  # for a permit, without a connection
RETRY_AFTER = {"Retry-After": "1"}


class TooManyAtOnce(TooManyRequests):
    """Too many of your requests are running at the same time. Wait for their responses, then try again."""

    code = "too_many_at_once"


@dataclass
class _Caller:
    permits: asyncio.Semaphore
    requests: int = 0  # that hold a permit or wait for one


class RequestPermits:
    """The permits of all callers. A caller without a request takes no memory."""

    def __init__(self, wait_seconds: float = WAIT_SECONDS, permits: int = PERMITS) -> None:
        self._wait_seconds = wait_seconds
        self._permits = permits
        self._callers: dict[str, _Caller] = {}

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Hold a permit of this caller. Raises `TooManyAtOnce` if none becomes free in time."""
        caller = self._callers.setdefault(key, _Caller(asyncio.Semaphore(self._permits)))
        caller.requests += 1
        try:
            await self._acquire(caller.permits)
            try:
                yield
            finally:
                caller.permits.release()
        finally:
            caller.requests -= 1
            if not caller.requests:
                del self._callers[key]

    async def _acquire(self, permits: asyncio.Semaphore) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                await permits.acquire()
        except TimeoutError:
            raise TooManyAtOnce(headers=RETRY_AFTER) from None
