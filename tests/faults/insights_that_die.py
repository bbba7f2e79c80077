"""Kills the nightly job of insights at random moments, TRIALS times. It forks: a process without threads.

python insights_that_die.py DSN TRIALS SEED
"""

import asyncio
import os
import random
import signal
import sys
from datetime import UTC, datetime
from threading import Event

from pydantic import SecretStr

from functions.insights.job import insight_job
from shared.events import tick
from shared.services import Services, use
from shared.settings import Settings

NOON = datetime(2027, 2, 1, 12, tzinfo=UTC)


async def run_job(dsn: str) -> None:
    parts = Services(Settings(database_url=SecretStr(dsn)))
    use(parts)
    await insight_job.run(tick("schedule.insights", NOON))
    await parts.database.close()


def fork(dsn: str) -> int:
    child = os.fork()
    if child == 0:
        asyncio.run(run_job(dsn))
        os._exit(0)
    return child


def main(dsn: str, trials: str, seed: str) -> None:
    """Kill the job soon after its start, again and again, then let it finish, and run it once more."""
    chance = random.Random(int(seed))  # noqa: S311 - not for security
    for _ in range(int(trials)):
        child = fork(dsn)
        Event().wait(chance.uniform(0.02, 0.3))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    for _ in range(2):
        assert os.waitstatus_to_exitcode(os.waitpid(fork(dsn), 0)[1]) == 0


if __name__ == "__main__":
    main(*sys.argv[1:])
