"""Statements that nobody waits for travel with the next one that somebody does."""

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
from shared.rows import RowMismatch
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
    """A pool of one connection."""
    settings = Settings(database_url=SecretStr(database.dsn()), mend_home=issuer.folder, pool_size=1)
    parts = Database(settings)
    yield parts
    await parts.close()


def until_somebody_waits(database: Clone) -> None:
    while not database.value(WAITING):
        pass


async def test_statements_are_carried_out_in_the_order_in_which_they_were_posted(conn: Connection) -> None:
    """What is asked last sees all that was posted before it."""
    conn.queue("INSERT INTO things VALUES ('first')")
    before = conn.queue("SELECT count(*) FROM things")
    conn.queue("INSERT INTO things VALUES (%(name)s)", {"name": "second"})

    after = await conn.run("SELECT count(*) FROM things")

    assert (before.rows, after.rows) == ([(1,)], [(2,)])


async def test_rows_that_were_not_answered_cannot_be_read(conn: Connection) -> None:
    """A statement that was not sent yet is not one without rows."""
    posted = conn.queue("SELECT name FROM things")

    with pytest.raises(NotExecuted, match="SELECT name FROM things"):
        _ = posted.rows

    await conn.flush()
    assert posted.rows == []


async def test_after_a_failure_nothing_more_is_carried_out(conn: Connection) -> None:
    """The error names the statement and none of its values, later ones have no rows, and the connection goes on."""
    conn.queue("INSERT INTO things VALUES ('there')")
    conn.queue("INSERT INTO things VALUES (%(name)s)", {"name": "there"})
    later = conn.queue("INSERT INTO things VALUES ('later') RETURNING name")

    with pytest.raises(psycopg.errors.UniqueViolation) as caught:
        await conn.flush()

    assert vars(caught.value)["statement"] == "INSERT INTO things VALUES (%(name)s)"
    with pytest.raises(NotExecuted):
        _ = later.rows
    assert (await conn.run("SELECT name FROM things")).rows == []


async def test_a_cursor_does_not_overtake_what_was_posted(conn: Connection) -> None:
    """Psycopg's own ways of asking see it, too."""
    conn.queue("INSERT INTO things VALUES ('first')")

    cursor = await conn.execute("SELECT name FROM things")

    assert await cursor.fetchall() == [("first",)]


async def test_rows_are_mapped_by_the_names_of_columns(conn: Connection) -> None:
    """Whatever their order."""
    posted = conn.queue("SELECT 'a' AS second, 1 AS first", None, Pair)
    await conn.flush()

    assert posted.rows == [Pair(1, "a")]


@pytest.mark.parametrize("columns", ["1 AS first", "1 AS first, 'a' AS second, 2 AS third", "1 AS first, 'a' AS other"])
async def test_columns_that_are_missing_or_unknown_fail(conn: Connection, columns: str) -> None:
    """A class of rows and its statement agree, or nothing is read."""
    with pytest.raises(RowMismatch, match="Pair has the fields first, second"):
        await conn.run("SELECT " + columns, None, Pair)  # type: ignore[arg-type, unused-ignore]


async def test_a_connection_whose_caller_left_is_clean_or_gone(alone: Database, database: Clone) -> None:
    """Whoever gets it from the pool next finds no transaction, no posted statement and no foreign answer on it."""
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
    """What was posted in a transaction that failed is not carried out in the next one."""

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
def test_psycopg_still_has_what_is_used_of_its_inside(module: str, name: str) -> None:
    """None of these is documented: another version may have moved it."""
    assert callable(getattr(import_module(module), name))


def test_every_undocumented_name_is_watched() -> None:
    """What the connection imports from psycopg's inside is on the list above."""
    tree = ast.parse(Path(connection.__file__).read_text(encoding="utf-8"))
    imported = {
        (node.module, alias.name) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    inside = ("psycopg._", "psycopg.generators", "psycopg.errors")

    assert {(module, name) for module, name in imported if module and module.startswith(inside)} == PRIVATE
