"""Replaces the database webhook and Pub/Sub: wakes the relay, and delivers each event until it is acknowledged."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from infra.local.delivery import Functions
from shared import logs
from shared.errors import Unavailable

DISPATCHER_COUNT = 4
RETRY_SECONDS = 0.5

Connection = AsyncConnection[TupleRow]

# The row stays locked until it is acknowledged or postponed: other stacks skip it, and after a crash it is still due.
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
# Rows that are due already are locked by another dispatcher.
UNTIL_NEXT = """
    SELECT extract(epoch FROM min(next_at) - now())::float FROM local.deliveries
    WHERE delivered_at IS NULL AND next_at > now() AND function = ANY(%s)
"""


async def run_forever(work: Callable[[], Awaitable[None]]) -> None:
    """Run work that never ends; start it again after every error."""
    while True:
        try:
            await work()
        except (psycopg.OperationalError, Unavailable):
            pass  # Postgres restarts
        except Exception as error:  # noqa: BLE001 - events must still be delivered
            logs.failure("stack_task_failed", error)
        await asyncio.sleep(RETRY_SECONDS)


async def with_connection(dsn: str, work: Callable[[Connection], Awaitable[None]]) -> None:
    """Run work with its own connection, on which it may LISTEN."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        await work(conn)


async def dispatch(conn: Connection, functions: Functions) -> None:
    await conn.execute("LISTEN mend_deliveries")
    while True:
        while await deliver_next(conn, functions):
            pass
        (seconds,) = await (await conn.execute(UNTIL_NEXT, (functions.names,))).fetchone() or (None,)
        async for _ in conn.notifies(timeout=seconds, stop_after=1):
            pass


async def deliver_next(conn: Connection, functions: Functions) -> bool:
    """Deliver the event that is due first. Returns False where none is due."""
    async with conn.transaction():
        row = await (await conn.execute(NEXT_DELIVERY, (functions.names,))).fetchone()
        if row is None:
            return False
        event_id, name, message = row
        acknowledged = await functions.deliver(name, str(event_id), message)
        await conn.execute(ACKNOWLEDGE if acknowledged else POSTPONE, (event_id, name))
        return True


async def wake_relay(conn: Connection, functions: Functions, headers: dict[str, str]) -> None:
    """Do what the database webhook does: call the relay whenever the outbox grows, and once at the start."""
    await conn.execute("LISTEN mend_outbox")
    while True:
        await functions.wake("relay", headers)
        async for _ in conn.notifies(stop_after=1):
            pass
