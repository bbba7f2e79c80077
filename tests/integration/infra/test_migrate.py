"""Migrations: in order, once, all or nothing, and on record as the Supabase CLI keeps it."""

import tempfile
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from infra.local.postgres import Server, running
from infra.migrate import LOCK, MigrationError, migrate

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
HISTORY = "SELECT version, name, statements FROM supabase_migrations.schema_migrations ORDER BY version"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with (
        tempfile.TemporaryDirectory(prefix="mend-") as folder,
        running(Path(folder), durable=False) as server,
    ):
        server.create_database("mend")
        yield server


@pytest.fixture
def dsn(server: Server) -> str:
    name = f"d{uuid.uuid4().hex}"
    with psycopg.connect(server.dsn(), autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return server.dsn(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(
        tmp_path,
        "20260101000000_pots.sql",
        "CREATE TABLE pots (id int);\n\n-- one; to begin with\nINSERT INTO pots VALUES (1);\n",
    )
    write(tmp_path, "20260102000000_lids.sql", "CREATE TABLE lids AS SELECT id FROM pots;\n")
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)


def rows(dsn: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as conn:
        return conn.execute(query.encode()).fetchall()


def test_migrations_are_applied_in_order_and_once(dsn: str, folder: Path) -> None:
    """A second run finds nothing to do."""
    assert migrate(dsn, folder) == ["20260101000000_pots.sql", "20260102000000_lids.sql"]
    assert migrate(dsn, folder) == []

    assert rows(dsn, "SELECT id FROM lids") == [(1,)]


def test_what_was_applied_is_on_record_as_the_cli_keeps_it(dsn: str, folder: Path) -> None:
    """The CLI knows a migration by its version, and restores its file from the name and the statements."""
    migrate(dsn, folder)

    assert rows(dsn, HISTORY)[1] == (
        "20260102000000",
        "lids",
        ["CREATE TABLE lids AS SELECT id FROM pots;\n"],
    )


def test_what_the_cli_applied_is_not_applied_again(dsn: str, folder: Path) -> None:
    """It records each statement on its own, trimmed; the oldest of it recorded no statements at all."""
    migrate(dsn, folder)
    with psycopg.connect(dsn) as conn:
        conn.execute("DROP TABLE supabase_migrations.schema_migrations")
        conn.execute("CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY, statements text[])")
        split = ["CREATE TABLE pots (id int)", "-- one; to begin with\nINSERT INTO pots VALUES (1)"]
        record = "INSERT INTO supabase_migrations.schema_migrations VALUES (%s, %s)"
        conn.execute(record, ["20260101000000", split])
        conn.execute(record, ["20260102000000", None])

    assert migrate(dsn, folder) == []


def test_a_failing_migration_changes_nothing_and_is_named(dsn: str, folder: Path) -> None:
    """Those before it stay, and it can be applied once it is put right."""
    write(
        folder,
        "20260103000000_cups.sql",
        "CREATE TABLE cups ();\nCREATE TABLE saucers AS\nSELECT * FROM nowhere;",
    )

    with pytest.raises(MigrationError, match=r'20260103000000_cups\.sql: line 3: relation "nowhere" does not exist'):
        migrate(dsn, folder)

    assert rows(dsn, "SELECT to_regclass('lids') IS NULL, to_regclass('cups') IS NULL") == [(False, True)]
    write(folder, "20260103000000_cups.sql", "CREATE TABLE cups ();")
    assert migrate(dsn, folder) == ["20260103000000_cups.sql"]


def test_a_failing_migration_does_not_quote_the_data_it_met(dsn: str, folder: Path) -> None:
    """The error of a constraint quotes the row, which may hold health data."""
    write(
        folder,
        "20260103000000_rule.sql",
        "ALTER TABLE lids ADD note text DEFAULT 'so tired', ADD CHECK (note = '');",
    )

    with pytest.raises(MigrationError) as refusal:
        migrate(dsn, folder)

    assert "is violated by some row" in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_two_migrators_at_once_apply_everything_once(dsn: str, folder: Path) -> None:
    """One waits for the other, however long, and neither fails."""
    with psycopg.connect(dsn, autocommit=True) as gate, ThreadPoolExecutor() as threads:
        gate.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        both = [threads.submit(migrate, dsn, folder) for _ in range(2)]
        while gate.execute(WAITING).fetchone() != (2,):
            pass
        gate.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        applied = sorted(len(migrator.result()) for migrator in both)

    assert applied == [0, 2]


def test_a_migration_may_not_hold_up_the_traffic(dsn: str, folder: Path) -> None:
    """It gives up rather than wait long for a lock that requests hold, or hold one for long."""
    limits = "SELECT name, setting, unit FROM pg_settings WHERE name IN ('lock_timeout', 'statement_timeout')"
    write(folder, "20260103000000_limits.sql", f"CREATE TABLE limits AS {limits} ORDER BY name")

    migrate(dsn, folder)

    in_force = [("lock_timeout", "5000", "ms"), ("statement_timeout", "60000", "ms")]
    assert rows(dsn, "SELECT * FROM limits") == in_force


def test_what_a_migration_sets_ends_with_it(dsn: str, folder: Path) -> None:
    """A search path set in one file must not decide where the next one creates its tables."""
    write(folder, "20260103000000_path.sql", "CREATE SCHEMA other; SET search_path = other;")
    write(folder, "20260104000000_cups.sql", "CREATE TABLE cups ();")

    migrate(dsn, folder)

    assert rows(dsn, "SELECT to_regclass('public.cups') IS NOT NULL") == [(True,)]


def test_a_late_migration_is_refused(dsn: str, folder: Path) -> None:
    """A file older than what is applied would run in another order elsewhere."""
    migrate(dsn, folder)
    write(folder, "20260101120000_late.sql", "CREATE TABLE late ();")

    with pytest.raises(MigrationError, match=r"20260101120000_late\.sql: older than 20260102000000"):
        migrate(dsn, folder)


def test_a_migration_that_lost_its_file_is_refused(dsn: str, folder: Path) -> None:
    """The database is then of another version than the code."""
    migrate(dsn, folder)
    (folder / "20260101000000_pots.sql").unlink()

    with pytest.raises(MigrationError, match="20260101000000: applied to this database, but not among the files"):
        migrate(dsn, folder)


def test_a_comment_may_change_after_the_fact(dsn: str, folder: Path) -> None:
    """It has no effect, and may say why the migration can be deployed."""
    migrate(dsn, folder)
    lids = (folder / "20260102000000_lids.sql").read_text(encoding="utf-8")
    write(folder, "20260102000000_lids.sql", f"-- deploy: nobody has lids yet\n{lids} -- and none is blue")

    assert migrate(dsn, folder) == []


def test_a_migration_changed_after_the_fact_is_refused(dsn: str, folder: Path) -> None:
    """Its change would reach new databases only."""
    migrate(dsn, folder)
    write(folder, "20260102000000_lids.sql", "CREATE TABLE lids (id int, colour text);")

    with pytest.raises(MigrationError, match=r"20260102000000_lids\.sql: changed after it was applied"):
        migrate(dsn, folder)


def test_two_migrations_of_one_version_are_refused(dsn: str, folder: Path) -> None:
    """One of them would be on record for both."""
    write(folder, "20260102000000_lamps.sql", "CREATE TABLE lamps ();")

    for _ in range(2):
        with pytest.raises(MigrationError, match="20260102000000_l"):
            migrate(dsn, folder)


def test_a_file_without_a_version_is_refused(dsn: str, folder: Path) -> None:
    """Otherwise it would be skipped without a message."""
    write(folder, "cups.sql", "CREATE TABLE cups ();")

    with pytest.raises(MigrationError, match=r"cups\.sql: not named"):
        migrate(dsn, folder)


def test_a_folder_without_migrations_is_fine(dsn: str, tmp_path: Path) -> None:
    """Nothing to do is not an error."""
    assert migrate(dsn, tmp_path) == []
