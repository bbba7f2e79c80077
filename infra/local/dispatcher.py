"""Does what the database webhook and Pub/Sub do in the cloud: wakes the relay, and delivers until acknowledgement."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from infra.local.event_delivery import FunctionClient
from shared import logs
from shared.errors import Unavailable

DISPATCHER_COUNT = 4
RETRY_SECONDS = 0.5

Connection = AsyncConnection[TupleRow]

# The row stays locked until its delivery is acknowledged or postponed. Other stacks skip it; after a crash it is due.
NEXT_DELIVERY = """
    SELECT event_id, function, message FROM local.deliveries
    WHERE delivered_at IS NULL AND next_at <= now() AND function = ANY(%s)
    ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
ACKNOWLEDGE = "UPDATE local.deliveries SET delivered_at = clock_timestamp() WHERE event_id = %s AND function = %s"
POSTPONE = """
    UPDATE local.deliveries
    SET attempts = attempts + 1,
        next_at = clock_timestamp() + make_interval(secs => least(60, 2 ^ least(attempts, 6)) * (0.75 + random() / 2))
    WHERE event_id = %s AND function = %s
"""
# Ignores rows that are due: another dispatcher has locked them.
SECONDS_TO_NEXT = """
    SELECT extract(epoch FROM min(next_at) - now())::float FROM local.deliveries
    WHERE delivered_at IS NULL AND next_at > now() AND function = ANY(%s)
"""


async def run_forever(work: Callable[[], Awaitable[None]]) -> None:
    """Run endless work, and start it again after every error."""
    while True:
        try:
            await work()
        except (psycopg.OperationalError, Unavailable):
            pass  # Postgres restarts
        except Exception as error:  # noqa: BLE001 - the stack must go on publishing events
            logs.failure("stack_task_failed", error)
        await asyncio.sleep(RETRY_SECONDS)


async def with_connection(dsn: str, work: Callable[[Connection], Awaitable[None]]) -> None:
    """Run work with its own connection, so that it can LISTEN."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        await work(conn)


async def dispatch(conn: Connection, functions: FunctionClient) -> None:
    await conn.execute("LISTEN mend_deliveries")
    while True:
        while await deliver_next(conn, functions):
            pass
        (seconds,) = await (await conn.execute(SECONDS_TO_NEXT, (functions.names,))).fetchone() or (None,)
        async for _ in conn.notifies(timeout=seconds, stop_after=1):
            pass


async def deliver_next(conn: Connection, functions: FunctionClient) -> bool:
    """Deliver the event that has been due longest. Returns False if none is due."""
    async with conn.transaction():
        row = await (await conn.execute(NEXT_DELIVERY, (functions.names,))).fetchone()
        if row is None:
            return False
        event_id, name, message = row
        acknowledged = await functions.deliver(name, str(event_id), message)
        await conn.execute(ACKNOWLEDGE if acknowledged else POSTPONE, (event_id, name))
        return True


async def wake_relay(conn: Connection, functions: FunctionClient, headers: dict[str, str]) -> None:
    """Call the relay at the start, and whenever the outbox grows, as the database webhook does."""
    await conn.execute("LISTEN mend_outbox")
    while True:
        await functions.wake("relay", headers)
        async for _ in conn.notifies(stop_after=1):
            pass
