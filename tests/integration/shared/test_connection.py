"""Queued statements are executed together with the next one that is run."""

import ast
import asyncio
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from pydantic import SecretStr

from shared import connection
from shared.connection import Connection, Cursor, NotExecuted
from shared.db import Database
from shared.errors import Unavailable
from shared.row_mapper import RowMismatch
from shared.settings import Settings
from tests.conftest import Clone, Issuer

PRIVATE = {
    ("psycopg._queries", "PostgresQuery"),
    ("psycopg.errors", "error_from_result"),
    ("psycopg.generators", "fetch_many"),
    ("psycopg.generators", "send"),
}
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


class Pair(NamedTuple):
    first: int
    second: str


@pytest.fixture
async def conn(database: Clone) -> AsyncIterator[Connection]:
    async with await Connection.connect(database.dsn("supabase_admin"), autocommit=True, cursor_factory=Cursor) as conn:
        await conn.run("CREATE TEMPORARY TABLE things (name text PRIMARY KEY)")
        yield conn


@pytest.fixture
async def alone(database: Clone, issuer: Issuer) -> AsyncIterator[Database]:
    """A database with a pool of one connection."""
    settings = Settings(database_url=SecretStr(database.dsn()), mend_home=issuer.folder, pool_size=1)
    parts = Database(settings)
    yield parts
    await parts.close()


def until_somebody_waits(database: Clone) -> None:
    while not database.value(WAITING):
        pass


async def test_statements_are_executed_in_order(conn: Connection) -> None:
    """A statement that is run sees the effects of those queued before it."""
    conn.queue("INSERT INTO things VALUES ('first')")
    before = conn.queue("SELECT count(*) FROM things")
    conn.queue("INSERT INTO things VALUES (%(name)s)", {"name": "second"})

    after = await conn.run("SELECT count(*) FROM things")

    assert (before.rows, after.rows) == ([(1,)], [(2,)])


async def test_rows_cannot_be_read_before_execution(conn: Connection) -> None:
    """Reading the rows of a statement that is not executed raises, instead of returning none."""
    queued = conn.queue("SELECT name FROM things")

    with pytest.raises(NotExecuted, match="SELECT name FROM things"):
        _ = queued.rows

    await conn.flush()
    assert queued.rows == []


async def test_statements_after_a_failure_are_not_executed(conn: Connection) -> None:
    """The error has the statement without values, later statements have no rows, and the connection stays usable."""
    conn.queue("INSERT INTO things VALUES ('there')")
    conn.queue("INSERT INTO things VALUES (%(name)s)", {"name": "there"})
    later = conn.queue("INSERT INTO things VALUES ('later') RETURNING name")

    with pytest.raises(psycopg.errors.UniqueViolation) as caught:
        await conn.flush()

    assert vars(caught.value)["statement"] == "INSERT INTO things VALUES (%(name)s)"
    with pytest.raises(NotExecuted):
        _ = later.rows
    assert (await conn.run("SELECT name FROM things")).rows == []


async def test_a_cursor_executes_queued_statements_first(conn: Connection) -> None:
    """A cursor of psycopg executes queued statements first."""
    conn.queue("INSERT INTO things VALUES ('first')")

    cursor = await conn.execute("SELECT name FROM things")

    assert await cursor.fetchall() == [("first",)]


async def test_rows_are_mapped_by_the_names_of_columns(conn: Connection) -> None:
    """The order of columns does not matter."""
    queued = conn.queue("SELECT 'a' AS second, 1 AS first", None, Pair)
    await conn.flush()

    assert queued.rows == [Pair(1, "a")]


@pytest.mark.parametrize("columns", ["1 AS first", "1 AS first, 'a' AS second, 2 AS third", "1 AS first, 'a' AS other"])
async def test_columns_that_are_missing_or_unknown_fail(conn: Connection, columns: str) -> None:
    """A row class that does not match its statement raises `RowMismatch`."""
    with pytest.raises(RowMismatch, match="Pair has the fields first, second"):
        await conn.run("SELECT " + columns, None, Pair)  # type: ignore[arg-type, unused-ignore]


async def test_a_connection_is_clean_after_a_cancelled_transaction(alone: Database, database: Clone) -> None:
    """The next user of the connection finds no transaction, queued statement or result of the cancelled one."""
    with database.admin() as admin:
        admin.execute("SELECT pg_advisory_lock(1)")

        async def wait() -> None:
            async with alone.service() as conn:
                conn.queue("SELECT 'before'")
                await conn.run("SELECT pg_advisory_xact_lock(1)")

        waiting = asyncio.create_task(wait())
        await asyncio.to_thread(until_somebody_waits, database)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    async with alone.service() as conn:
        assert (await conn.run("SELECT current_user::text")).rows == [("mend_service",)]


async def test_the_pool_hands_out_a_connection_without_former_statements(alone: Database) -> None:
    """Statements that were queued in a failed transaction are not executed in the next one."""

    async def fail() -> None:
        async with alone.service() as conn:
            conn.queue("SELECT 1 / 0")
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await fail()

    async with alone.service() as conn:
        assert conn.queued != []
        assert (await conn.run("SELECT 'next'")).rows == [("next",)]


@pytest.mark.parametrize(("module", "name"), sorted(PRIVATE))
def test_psycopg_still_has_the_undocumented_names(module: str, name: str) -> None:
    """They are undocumented, so another version may have moved them."""
    assert callable(getattr(import_module(module), name))


def test_every_undocumented_name_is_checked() -> None:
    """All undocumented names that the module imports are in the list above."""
    tree = ast.parse(Path(connection.__file__).read_text(encoding="utf-8"))
    imported = {
        (node.module, alias.name) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    inside = ("psycopg._", "psycopg.generators", "psycopg.errors")

    assert {(module, name) for module, name in imported if module and module.startswith(inside)} == PRIVATE


async def test_a_closed_database_stays_closed(alone: Database) -> None:
    """What comes later, such as a reply that is still being written, opens no pool that nobody would close."""
    await alone.ping()
    await alone.close()

    with pytest.raises(Unavailable):
        await alone.retry(alone.ping)
