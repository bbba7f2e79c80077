"""Kills relays at the worst moment, in forks of a process without threads.

python relay_that_dies.py DSN before|after PERSON TRIALS
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from functions.relay.publisher import LEASE, Publisher
from shared.clock import utc_now
from shared.db import Database
from shared.events import Event, emit, push_message
from shared.events.types import mood_recorded
from shared.settings import Settings, settings

SENT = "INSERT INTO public.sent (event_ids, message) VALUES (%s, %s)"
PUBLISHED_EVERY = 10  # trials; until then the events of killed relays pile up


class OutsideBus:
    """Keeps messages even if the sender dies, as Pub/Sub does."""

    def __init__(self, dsn: str, killed: str | None = None) -> None:
        self._dsn = dsn
        self._killed = killed

    async def publish(self, _: str, messages: Sequence[Sequence[Event]]) -> None:
        if self._killed == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as outside:
            for events in messages:
                await outside.execute(SENT, ([event.id for event in events], Jsonb(push_message(*events))))
        if self._killed == "after":
            os.kill(os.getpid(), signal.SIGKILL)


async def commit_and_publish(dsn: str, killed: str, person: str) -> None:
    database = Database(Settings(database_url=SecretStr(dsn)))
    async with database.service() as conn:
        emit(conn, [mood_recorded(UUID(person), utc_now())])
    await Publisher(OutsideBus(dsn, killed)).publish_pending(database)


async def publish(dsn: str) -> None:
    """Publish what the killed relays left behind, once their leases have ended."""
    offset = settings().clock_offset + round(LEASE.total_seconds()) + 1
    os.environ["CLOCK_OFFSET"] = str(offset)  # noqa: TID251 - of this fork alone
    settings.cache_clear()
    database = Database(Settings(database_url=SecretStr(dsn)))
    await Publisher(OutsideBus(dsn)).publish_pending(database)
    await database.close()


def in_a_fork(work: Callable[..., Coroutine[None, None, None]], *arguments: str) -> int:
    child = os.fork()
    if child == 0:
        asyncio.run(work(*arguments))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(dsn: str, killed: str, person: str, trials: int) -> None:
    for trial in range(1, trials + 1):
        assert in_a_fork(commit_and_publish, dsn, killed, person) == -signal.SIGKILL
        if trial % PUBLISHED_EVERY == 0:
            assert in_a_fork(publish, dsn) == 0


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
