"""Whether this process can serve, found out at most once a second: a flood of questions costs Postgres nothing."""

import asyncio
import time

from shared import logs
from shared.db import Database

ASK_SECONDS = 3


class Health:
    def __init__(self, lasts_seconds: float = 1) -> None:
        self._lasts_seconds = lasts_seconds
        self._asking = asyncio.Lock()
        self._healthy = False
        self._until = 0.0

    async def check(self, database: Database) -> bool:
        """Whether Postgres answers, or answered a moment ago."""
        async with self._asking:
            if time.monotonic() >= self._until:
                self._healthy = await _answers(database)
                self._until = time.monotonic() + self._lasts_seconds
        return self._healthy


async def _answers(database: Database) -> bool:
    try:
        async with asyncio.timeout(ASK_SECONDS):
            await database.ping()
    except Exception as error:  # noqa: BLE001 - whatever it is, we are not healthy
        logs.failure("unhealthy", error)
        return False
    return True
