"""Applies the SQL migrations in order, and records them as the Supabase CLI does.

A database can be migrated by `supabase db push` and by this module in turn: both use the same versions and table, and
refuse the same mistakes.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from infra.errors import UserError

MIGRATIONS = Path(__file__).parent / "supabase" / "migrations"
LOCK = 7163020581  # any number, but the same for every migrator

HISTORY = """
    CREATE SCHEMA IF NOT EXISTS supabase_migrations;
    CREATE TABLE IF NOT EXISTS supabase_migrations.schema_migrations (version text NOT NULL PRIMARY KEY);
    ALTER TABLE supabase_migrations.schema_migrations
        ADD COLUMN IF NOT EXISTS statements text[],
        ADD COLUMN IF NOT EXISTS name text;
"""
APPLIED = "SELECT version, array_to_string(statements, E';\\n') FROM supabase_migrations.schema_migrations"
RECORD = "INSERT INTO supabase_migrations.schema_migrations (version, name, statements) VALUES (%s, %s, %s)"
LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class MigrationError(UserError):
    """A migration cannot be applied. It was rolled back as a whole."""


@dataclass(frozen=True)
class Migration:
    version: str
    name: str
    text: str

    @property
    def file(self) -> str:
        return f"{self.version}_{self.name}.sql"


def migrate(dsn: str, folder: Path = MIGRATIONS) -> list[str]:
    """Apply the migrations that the database lacks, and return their file names."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        # The session holds this lock, so `dsn` must not point to a transaction pooler.
        conn.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        conn.execute(HISTORY)
        missing = _missing(conn, _read(folder))
        for migration in missing:
            _apply(conn, migration)
    return [migration.file for migration in missing]


def pending(dsn: str, folder: Path = MIGRATIONS) -> list[str]:
    """The file names of the migrations that the database lacks. It changes nothing."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        migrations = _read(folder)
        fresh = conn.execute("SELECT to_regclass('supabase_migrations.schema_migrations') IS NULL").fetchall()[0][0]
        return [migration.file for migration in (migrations if fresh else _missing(conn, migrations))]


def _read(folder: Path) -> list[Migration]:
    migrations = []
    for path in sorted(folder.glob("*.sql")):
        parts = re.fullmatch(r"(\d+)_(.*)\.sql", path.name)
        if parts is None:
            raise MigrationError(f"{path.name}: not named <version>_<name>.sql", "Rename it.")
        migrations.append(Migration(parts[1], parts[2], path.read_text(encoding="utf-8")))
    return sorted(migrations, key=lambda migration: migration.version)


def _missing(conn: Connection[TupleRow], migrations: list[Migration]) -> list[Migration]:
    applied: dict[str, str | None] = dict(conn.execute(APPLIED).fetchall())
    latest = max(applied, default="")
    if unknown := applied.keys() - {migration.version for migration in migrations}:
        versions = ", ".join(sorted(unknown))
        raise MigrationError(
            f"{versions}: applied to this database, but not among the files",
            "The database belongs to a later version or to another branch: check that out.",
        )
    for migration in migrations:
        if migration.version not in applied and migration.version < latest:
            raise MigrationError(
                f"{migration.file}: older than {latest}, which is already applied",
                f"Give the file a version after {latest}.",
            )
        if (text := applied.get(migration.version)) and _compact(text) != _compact(migration.text):
            raise MigrationError(
                f"{migration.file}: changed after it was applied",
                "Restore the file, and write a new migration instead.",
            )
    return [migration for migration in migrations if migration.version not in applied]


def _compact(text: str) -> str:
    """What has an effect. The CLI records each statement by itself, without the spaces and semicolons between them.

    A comment may change, as one that says why `mend deploy` may run the migration.
    """
    return re.sub(r"--[^\n]*|[\s;]+", "", text)


def _apply(conn: Connection[TupleRow], migration: Migration) -> None:
    try:
        conn.execute("RESET ALL")  # the migration before this one may have used SET
        with conn.transaction():
            conn.execute(LIMITS)
            conn.execute(migration.text.encode())
            conn.execute(RECORD, [migration.version, migration.name, [migration.text]])
    except psycopg.Error as error:
        raise MigrationError(
            f"{migration.file}: {_reason(error, migration.text)}", "Correct the file. Nothing of it was applied."
        ) from None


def _reason(error: psycopg.Error, text: str) -> str:
    """The primary message only. The detail quotes the row, which may hold health data."""
    message = error.diag.message_primary or str(error)
    if error.diag.statement_position is None:
        return message
    line = text[: int(error.diag.statement_position)].count("\n") + 1
    return f"line {line}: {message}"
