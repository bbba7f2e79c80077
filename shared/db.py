"""The connection pool, and transactions that run in the role of a person or of the service.

BEGIN and the change of role are queued (shared/connection.py), so a handler that reads once costs two round trips: one
with its read, one with its writes and COMMIT.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, LiteralString, NamedTuple, TypeVar
from uuid import UUID

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests
from pydantic_core import from_json

from shared import logs
from shared.clock import utc_now
from shared.connection import Connection, Cursor, Result
from shared.errors import Unavailable
from shared.settings import BadSettings, Settings

__all__ = ["Connection", "Database", "Result", "Statement", "claims_role"]

T = TypeVar("T")

set_json_loads(from_json)  # takes a third of the time of the standard library's parser

DSN_PROVIDERS = "mend.database"  # a group of entry points that return the DSN of a local database
IDLE_SECONDS = 30  # after a longer pause, such as one of a frozen process, sockets may be dead: check them first
WAIT_SECONDS = 1.5  # for a connection of the pool
RECONNECT_SECONDS = 1  # then the next request reconnects; the pool's own retries back off to minutes
TRIES = 3
TOO_SLOW = (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable)  # a retry would only add load

# Role and claims of this transaction. Postgres drops both at its end. The login role sets the statement timeout
# (the migration `roles`).
SET_SERVICE: LiteralString = """
    SELECT set_config('role', 'mend_service', true), set_config('request.jwt.claims', '', true)
"""
# The role and claims of a person. Fails with PT401 if the person was erased, with PT402 if the session was signed out.
SET_PERSON: LiteralString = """
    SELECT set_config('role', 'mend_user', true), set_config('request.jwt.claims', %(claims)s::text, true),
           mend.refuse_gone(%(claims)s)
"""
# The trace that the outbox stores with the events of this transaction.
SET_TRACE: LiteralString = "SELECT set_config('mend.traceparent', %(traceparent)s, true)"
COUNT_REQUEST: LiteralString = "SELECT remaining, reset_seconds FROM mend.count_request(%(caller)s, %(limit)s, %(now)s)"


class DatabaseUrlMissing(BadSettings):
    """DATABASE_URL is not set, and no local database is installed."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class CommitUnknown(Unavailable):
    """The connection was lost during the commit, so its outcome is unknown. Repeat the same request."""

    code = "commit_unknown"


class CommitRefused(Exception):
    """A statement had failed, so Postgres rolled back at COMMIT."""


class Statement(NamedTuple):
    sql: LiteralString
    params: Mapping[str, Any]


class Count(NamedTuple):
    """How many requests a caller has left, and the seconds until the count resets."""

    remaining: int
    reset_seconds: int


SERVICE_ROLE = Statement(SET_SERVICE, {})


def claims_role(claims: str) -> Statement:
    """The statement that takes the role of a person with these token claims."""
    return Statement(SET_PERSON, {"claims": claims})


def person_role(person_id: UUID) -> Statement:
    """The statement that takes the role of a person without a token, for event functions and uploads."""
    return claims_role(json.dumps({"sub": str(person_id), "role": "authenticated"}))


def set_role(conn: Connection, role: Statement) -> None:
    """Switch the transaction to a role, and name its trace if that is sampled."""
    conn.queue(*role)
    _name_trace(conn)


def _name_trace(conn: Connection) -> None:
    trace = logs.bound.get().trace
    if trace and trace.sampled:
        conn.queue(SET_TRACE, {"traceparent": trace.traceparent})


def count_request(conn: Connection, caller: str, limit: int) -> Result[Count]:
    """Count a request as the first statement of a transaction, and commit the count before the next statement.

    Otherwise other requests of the caller would wait for the row of the counter until the transaction ends.
    """
    counted = conn.queue(COUNT_REQUEST, {"caller": caller, "limit": limit, "now": utc_now()}, Count)
    conn.queue("COMMIT AND CHAIN")
    return counted


class Database:
    """A small connection pool for the process. It opens on first use, because the framework forks after import."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool: AsyncConnectionPool[Connection] | None = None
        self._opening = asyncio.Lock()
        self._is_closed = False
        # Half of the connections, for transactions that may wait, so that requests find one of the others.
        self.unhurried = asyncio.Semaphore(max(1, settings.pool_size // 2))
        self._last_use = _machine_seconds()

    @asynccontextmanager
    async def transaction(self, *opening: Statement) -> AsyncIterator[Connection]:
        """A transaction whose first statements are these. It commits at the end, or rolls back on an exception."""
        async with self._connection() as conn:
            conn.queue("BEGIN")
            try:
                for statement in opening:
                    conn.queue(*statement)
                if opening:
                    _name_trace(conn)
                yield conn
                await _commit(conn)
            finally:
                conn.queued = []
                if conn.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
                    await conn.rollback()

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Connection]:
        """A transaction for a job or an event consumer."""
        async with self.transaction(SERVICE_ROLE) as conn:
            yield conn

    async def retry(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run a whole transaction again where nothing of it can have happened: a lost race, a dead connection."""
        for tries_left in reversed(range(TRIES)):
            try:
                return await work()
            except (PoolTimeout, TooManyRequests) as error:
                raise Unavailable from error
            except psycopg.OperationalError as error:
                if isinstance(error, TOO_SLOW) or not tries_left:
                    raise Unavailable from error
                if _connection_lost(error):
                    await self._drop_dead_connections()
        raise AssertionError  # the last try has returned or raised

    async def count(self, caller: str, limit: int) -> Count:
        """Count a request outside of a transaction of its own."""
        async with self._connection() as conn:
            [count] = (await conn.run(COUNT_REQUEST, {"caller": caller, "limit": limit, "now": utc_now()}, Count)).rows
            return count

    async def ping(self) -> None:
        async with self._connection() as conn:
            await conn.run("SELECT 1")

    async def close(self) -> None:
        """Close it for good. A reply that is still being written opens no other pool, which nobody would close."""
        async with self._opening:
            self._is_closed = True
            if self._pool is not None:
                await self._pool.close()
                self._pool = None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        pool = self._pool
        if pool is None or _machine_seconds() - self._last_use > IDLE_SECONDS:
            async with self._opening:
                pool = await self._checked_pool()
        self._last_use = _machine_seconds()
        try:
            async with pool.connection(timeout=WAIT_SECONDS) as conn:
                yield conn
        except TooManyRequests:
            await self._replace_stuck_pool(pool)
            raise

    async def _replace_stuck_pool(self, pool: AsyncConnectionPool[Connection]) -> None:
        """Drop a pool that has no connection and has stopped trying, so that the next request opens another one.

        During an outage its queue fills with requests that have given up. Once it is full, the pool refuses every
        request before it would connect again, and never recovers.
        """
        if pool is self._pool and not pool.get_stats()["pool_size"]:
            self._pool = None
            await pool.close()

    async def _checked_pool(self) -> AsyncConnectionPool[Connection]:
        """The pool: opened on first use, and without dead connections after a long pause."""
        if self._is_closed:
            raise PoolClosed("The database of this process is closed.")
        if self._pool is None:
            self._pool = pool = AsyncConnectionPool(
                await self._dsn(),
                connection_class=Connection,
                min_size=1,
                max_size=self._settings.pool_size,
                max_waiting=256,
                reconnect_timeout=RECONNECT_SECONDS,
                open=False,
                kwargs={
                    "autocommit": True,
                    "cursor_factory": Cursor,
                    "prepare_threshold": None,  # a transaction pooler does not support prepared statements
                    "connect_timeout": 5,
                    "application_name": "mend",
                },
            )
            await pool.open()
        elif _machine_seconds() - self._last_use > IDLE_SECONDS:
            await self._pool.check()
        return self._pool

    async def _drop_dead_connections(self) -> None:
        if self._pool is not None:
            await self._pool.check()

    async def _dsn(self) -> str:
        if self._settings.database_url is not None:
            return self._settings.database_url.get_secret_value()
        from importlib.metadata import entry_points  # imported here, since only a developer's machine needs it

        for provider in entry_points(group=DSN_PROVIDERS):
            dsn: str = await asyncio.to_thread(provider.load(), self._settings.mend_home)
            return dsn
        raise DatabaseUrlMissing


def _machine_seconds() -> float:
    """A clock that goes on while the process is frozen (the monotonic one stops), without CLOCK_OFFSET."""
    return time.time()  # noqa: TID251 - the machine's clock is meant


async def _commit(conn: Connection) -> None:
    try:
        result = await conn.run("COMMIT")
    except psycopg.OperationalError as error:
        if _connection_lost(error):
            raise CommitUnknown from error
        raise
    if result.tag != b"COMMIT":
        raise CommitRefused


def _connection_lost(error: psycopg.OperationalError) -> bool:
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
