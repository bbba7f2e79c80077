"""Does what Cloud Scheduler does: publishes a tick of each schedule at its time."""

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
    """The next minute at which a schedule is due, and the names of those that are."""
    times = {name: next(CronSim(cron, after)) for name, cron in schedules.items()}
    earliest = min(times.values())
    return earliest, [name for name, time in times.items() if time == earliest]


async def run_schedules(database: Database, schedules: Mapping[str, str]) -> None:
    while True:
        at, due = next_ticks(schedules, utc_now())
        await asyncio.sleep((at - utc_now()).total_seconds())
        await database.retry(lambda: publish_ticks(database, at, due))  # noqa: B023 - awaited within the same turn


async def publish_ticks(database: Database, at: datetime, due: Iterable[str]) -> None:
    """Publish the ticks of one minute. Two stacks publish the same events, and each is delivered once."""
    for name in due:
        event = tick(TICK + name, at)
        await LocalBus(database).publish(event.topic, [[event]])
