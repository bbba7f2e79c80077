"""The health check of a process. Its result is cached for a second, so that many checks do not load Postgres."""

import asyncio
import time
from collections.abc import Callable

from shared import logs
from shared.db import Database

CACHE_SECONDS = 1
PING_SECONDS = 3


class Health:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pinging = asyncio.Lock()
        self._healthy = False
        self._until = 0.0

    async def check(self, database: Database) -> bool:
        """Whether Postgres answers, or answered a moment ago. Concurrent calls share one query."""
        async with self._pinging:
            if self._clock() >= self._until:
                self._healthy = await _answers(database)
                self._until = self._clock() + CACHE_SECONDS
        return self._healthy


async def _answers(database: Database) -> bool:
    try:
        async with asyncio.timeout(PING_SECONDS):
            await database.ping()
    except Exception as error:  # noqa: BLE001 - any failure means unhealthy
        logs.failure("unhealthy", error)
        return False
    return True
