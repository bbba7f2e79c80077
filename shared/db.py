"""Postgres: every request and every job is one transaction that first becomes whom it acts for.

Statements that nobody waits for are posted: they travel with the next one that somebody does. A handler that reads
once therefore costs two round trips: one up to its read, one for all that follows, COMMIT included.
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
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests
from pydantic_core import from_json

from shared.clock import utc_now
from shared.connection import Connection, Cursor, Result
from shared.errors import Unavailable
from shared.settings import BadSettings, Settings

__all__ = ["Connection", "Database", "Result", "Statement", "person"]

T = TypeVar("T")

set_json_loads(from_json)  # a third of the time of the standard library's

DSN_PROVIDERS = "mend.database"  # entry points that return the DSN of a local database
IDLE_SECONDS = 30  # a process that slept longer than this may wake up with dead sockets
WAIT_SECONDS = 1.5
RECONNECT_SECONDS = 1  # then the pool gives up and the next request tries anew: its own pauses grow to minutes
TRIES = 3
TOO_SLOW = (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable)  # to try again would only hold on longer

# Role and claims of this transaction. Postgres drops both at its end. How long it may take is a setting of the login
# role (20261121090000).
SET_ROLE: LiteralString = """
    SELECT set_config('role', %(role)s, true), set_config('request.jwt.claims', %(claims)s, true)
"""
# The same for a person whose request is counted, in one statement.
SET_ROLE_AND_COUNT: LiteralString = """
    SELECT quota.remaining, quota.reset_seconds,
           set_config('role', %(role)s, true) AS role, set_config('request.jwt.claims', %(claims)s, true) AS claims
    FROM mend.count_request(%(caller)s, %(limit)s, %(now)s) AS quota
"""
COUNT_REQUEST: LiteralString = "SELECT remaining, reset_seconds FROM mend.count_request(%(caller)s, %(limit)s, %(now)s)"


class DatabaseUrlMissing(BadSettings):
    """DATABASE_URL is not set, and no local database is installed here."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class CommitUnknown(Unavailable):
    """The connection was lost during the commit, so its outcome is unknown. Repeat the same request."""

    code = "commit_unknown"


class CommitRefused(Exception):
    """A statement had failed, and yet the transaction went on to its end."""


class Statement(NamedTuple):
    sql: LiteralString
    params: Mapping[str, Any]
    row: type[Any] | None = None


class Count(NamedTuple):
    """What is left of a caller's requests, and the seconds until the count starts anew."""

    remaining: int
    reset_seconds: int


class CountedRole(NamedTuple):
    """The role a transaction took, with the count of the request."""

    remaining: int
    reset_seconds: int
    role: str
    claims: str


SERVICE_ROLE = Statement(SET_ROLE, {"role": "mend_service", "claims": ""})


def person(claims: str, caller: str | None = None, limit: int | None = None) -> Statement:
    """Become a person; with a limit, count their request as well."""
    params = {"role": "mend_user", "claims": claims, "caller": caller, "limit": limit, "now": utc_now()}
    return Statement(SET_ROLE_AND_COUNT, params, CountedRole) if limit else Statement(SET_ROLE, params)


def person_role(person_id: UUID) -> Statement:
    """Become a person for whom an event function acts: with their rights and no others."""
    return person(json.dumps({"sub": str(person_id), "role": "authenticated"}))


def set_role(conn: Connection, who: Statement) -> Result[Any]:
    """From here on the transaction acts for somebody else. Where the request is counted, the answer is the count."""
    return _post(conn, who)


def _post(conn: Connection, statement: Statement) -> Result[Any]:
    sql, params, row = statement
    return conn.queue(sql, params, row) if row else conn.queue(sql, params)


class Database:
    """One small pool a process, opened on first use: the framework forks after import and has no start-up hook."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool: AsyncConnectionPool[Connection] | None = None
        self._opening = asyncio.Lock()
        self._last_use = _machine_seconds()

    @asynccontextmanager
    async def transaction(self, *opening: Statement) -> AsyncIterator[Connection]:
        """A transaction that begins with these statements."""
        async with self._connection() as conn:
            conn.queue("BEGIN")
            try:
                for statement in opening:
                    _post(conn, statement)
                yield conn
                await _commit(conn)
            finally:
                conn.posted = []
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
        """Count a request that never came to a transaction."""
        async with self._connection() as conn:
            [count] = (await conn.run(COUNT_REQUEST, {"caller": caller, "limit": limit, "now": utc_now()}, Count)).rows
            return count

    async def ping(self) -> None:
        async with self._connection() as conn:
            await conn.run("SELECT 1")

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        pool = self._pool
        if pool is None or _machine_seconds() - self._last_use > IDLE_SECONDS:
            async with self._opening:
                pool = await self._awake()
        self._last_use = _machine_seconds()
        async with pool.connection(timeout=WAIT_SECONDS) as conn:
            yield conn

    async def _awake(self) -> AsyncConnectionPool[Connection]:
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
                    "prepare_threshold": None,  # a transaction pooler keeps no prepared statements
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
        from importlib.metadata import entry_points  # only a developer's machine has one in this group

        for provider in entry_points(group=DSN_PROVIDERS):
            dsn: str = await asyncio.to_thread(provider.load(), self._settings.mend_home)
            return dsn
        raise DatabaseUrlMissing


def _machine_seconds() -> float:
    """For how long a frozen process stood still: the monotonic clock stands still with it, and ours may be moved."""
    return time.time()  # noqa: TID251 - the machine's clock is meant


async def _commit(conn: Connection) -> None:
    try:
        done = await conn.run("COMMIT")
    except psycopg.OperationalError as error:
        if _connection_lost(error):
            raise CommitUnknown from error
        raise
    if done.tag != b"COMMIT":
        raise CommitRefused


def _connection_lost(error: psycopg.OperationalError) -> bool:
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
