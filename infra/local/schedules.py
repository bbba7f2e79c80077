"""What Cloud Scheduler does: a tick of each schedule at its time, for the functions that listen."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime

from cronsim import CronSim

from functions.relay.bus import LocalBus
from infra.registry import TICK
from shared.clock import utc_now
from shared.db import Database
from shared.events import tick


def next_ticks(schedules: Mapping[str, str], after: datetime) -> tuple[datetime, list[str]]:
    """The next minute at which any schedule is due, and which are."""
    times = {name: next(CronSim(cron, after)) for name, cron in schedules.items()}
    earliest = min(times.values())
    return earliest, [name for name, time in times.items() if time == earliest]


async def run_schedules(database: Database, schedules: Mapping[str, str]) -> None:
    while True:
        at, due = next_ticks(schedules, utc_now())
        await asyncio.sleep((at - utc_now()).total_seconds())
        await database.retry(lambda: publish_ticks(database, at, due))  # noqa: B023 - awaited within the same turn


async def publish_ticks(database: Database, at: datetime, due: Iterable[str]) -> None:
    """Two stacks on one database publish the same events, so each tick is delivered once."""
    async with database.service() as conn:
        await LocalBus().publish(conn, [tick(TICK + name, at) for name in due])
