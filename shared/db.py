"""Postgres: every request and every job is one transaction that first becomes whom it acts for.

The whole transaction runs in pipeline mode: statements leave together, and only a read waits. A handler that reads
once therefore costs two round trips: one up to its read, one for all that follows, COMMIT included.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, LiteralString, NamedTuple, TypeVar

import psycopg
from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from shared.errors import Unavailable
from shared.settings import Settings

T = TypeVar("T")
Connection = AsyncConnection[TupleRow]

REST_SECONDS = 30  # a process that slept longer than this may wake up with dead sockets
WAIT_SECONDS = 1.5
TRIES = 3

# Who the transaction acts for and how long it may take: set with it, and gone with it.
BECOME: LiteralString = """
    SELECT set_config('role', %(role)s, true),
           set_config('request.jwt.claims', %(claims)s, true),
           set_config('statement_timeout', %(timeout)s, true),
           set_config('lock_timeout', '2s', true),
           set_config('idle_in_transaction_session_timeout', %(timeout)s, true)
"""
# The same for a person whose request is counted, in one statement.
BECOME_COUNTED: LiteralString = """
    SELECT hit.remaining,
           hit.reset_seconds,
           set_config('role', %(role)s, true),
           set_config('request.jwt.claims', %(claims)s, true),
           set_config('statement_timeout', %(timeout)s, true),
           set_config('lock_timeout', '2s', true),
           set_config('idle_in_transaction_session_timeout', %(timeout)s, true)
    FROM mend.hit(%(caller)s, %(limit)s) AS hit
"""


class CommitUnknown(Unavailable):
    """The connection was lost during the commit, so its outcome is unknown. Repeat the same request."""

    code = "commit_unknown"


class Statement(NamedTuple):
    sql: LiteralString
    params: Mapping[str, Any]


SERVICE = Statement(BECOME, {"role": "mend_service", "claims": "", "timeout": "60s"})


def person(claims: Mapping[str, object], caller: str | None = None, limit: int | None = None) -> Statement:
    """Become a person; with a limit, count their request as well."""
    params = {
        "role": "mend_user",
        "claims": json.dumps(claims),
        "timeout": "10s",
        "caller": caller,
        "limit": limit,
    }
    return Statement(BECOME_COUNTED if limit else BECOME, params)


class Database:
    """One small pool a process, opened on first use: the framework forks after import and has no start-up hook."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool: AsyncConnectionPool[Connection] | None = None
        self._opening = asyncio.Lock()
        self._last_use = time.time()  # wall clock: the monotonic one stands still in a frozen process

    @asynccontextmanager
    async def transaction(
        self, become: Statement, before: Statement | None = None
    ) -> AsyncIterator[tuple[Connection, psycopg.AsyncCursor[TupleRow]]]:
        """A transaction, and what `become` answered. `before` runs ahead of it, with the rights of the login role."""
        async with self._connection() as conn:
            committing = False
            try:
                async with conn.pipeline():
                    await conn.execute("BEGIN")
                    if before:
                        await conn.execute(before.sql, before.params)
                    became = await conn.execute(become.sql, become.params)
                    yield conn, became
                    await conn.execute("COMMIT")
                    committing = True
            except psycopg.OperationalError as error:
                if committing and _connection_lost(error):
                    raise CommitUnknown from error
                raise
            finally:
                if not conn.closed and conn.info.transaction_status != TransactionStatus.IDLE:
                    await conn.rollback()

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Connection]:
        """A transaction for a job or an event consumer."""
        async with self.transaction(SERVICE) as (conn, _):
            yield conn

    async def retrying(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run a whole transaction again where nothing of it can have happened: a lost race, a dead connection."""
        for tries_left in reversed(range(TRIES)):
            try:
                return await work()
            except (PoolTimeout, TooManyRequests) as error:
                raise Unavailable from error
            except psycopg.OperationalError as error:
                if isinstance(error, psycopg.errors.QueryCanceled) or not tries_left:
                    raise Unavailable from error
                if _connection_lost(error):
                    await self._drop_dead_connections()
        raise AssertionError  # the last try has returned or raised

    async def count(self, caller: str, limit: int) -> tuple[int, int]:
        """Count a request that never came to a transaction; what is left, and the seconds until that starts anew."""
        async with self._connection() as conn:
            cursor = await conn.execute("SELECT remaining, reset_seconds FROM mend.hit(%s, %s)", (caller, limit))
            remaining, reset = (await cursor.fetchone()) or (0, 60)
            return remaining, reset

    async def ping(self) -> None:
        async with self._connection() as conn:
            await conn.execute("SELECT 1")

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        pool = self._pool
        if pool is None or time.time() - self._last_use > REST_SECONDS:
            async with self._opening:
                pool = await self._awake()
        self._last_use = time.time()
        async with pool.connection(timeout=WAIT_SECONDS) as conn:
            yield conn

    async def _awake(self) -> AsyncConnectionPool[Connection]:
        if self._pool is None:
            self._pool = pool = AsyncConnectionPool(
                await self._dsn(),
                min_size=1,
                max_size=self._settings.pool_size,
                max_waiting=256,
                open=False,
                kwargs={
                    "autocommit": True,
                    "prepare_threshold": None,  # a transaction pooler keeps no prepared statements
                    "connect_timeout": 5,
                    "application_name": "mend",
                },
            )
            await pool.open()
        elif time.time() - self._last_use > REST_SECONDS:
            await self._pool.check()
        return self._pool

    async def _drop_dead_connections(self) -> None:
        if self._pool is not None:
            await self._pool.check()

    async def _dsn(self) -> str:
        if self._settings.database_url is not None:
            return self._settings.database_url.get_secret_value()
        from shared import embedded

        return await asyncio.to_thread(embedded.ensure_running, self._settings.mend_home)


def _connection_lost(error: psycopg.OperationalError) -> bool:
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
