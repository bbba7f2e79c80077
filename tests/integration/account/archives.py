"""Rows of a person in every table, with canaries, and archives to send."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZIP_DEFLATED, ZipFile

import psycopg
from psycopg import sql

from functions.account.archive.tables import exported_tables
from infra.seed import CONTENT as CATALOGUE
from infra.seed import read
from tests.access.matrix import REQUIRED, SOME, WORDS, add_somebody, insert, named
from tests.conftest import Clone

ADMIN = {"app_metadata": {"role": "admin"}}
ZIP = {"Content-Type": "application/zip"}
CONTENT = read(CATALOGUE)[0]["id"]
# Who has a row in mend.erasures is refused everywhere, so no archive holds one.
PLANTED = [table for table in exported_tables() if table.name != "mend.erasures"]
NO_CANARY = {"timezone", "locale"}  # they decide how an archive is written
TEXT_COLUMNS = """
    SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
      AND format_type(atttypid, NULL) ~ '^(text|jsonb?)$'
"""
Change = Callable[[dict[str, bytes]], None]


def plant(database: Clone, person: UUID, canary: str) -> dict[str, int]:
    """A row in every table, with the canary in every column that takes it. Returns how many columns took it."""
    planted: dict[str, int] = {}
    with database.admin() as conn:
        for table in PLANTED:
            insert(conn, table.name, _row(conn, table.name, person, canary))
            columns = _columns(conn, table.name)
            planted[table.name] = sum(_takes(conn, table.name, column, person, canary) for column in columns)
    return planted


def _row(conn: psycopg.Connection, table: str, person: UUID, canary: str) -> dict[str, Any]:
    """The columns that a row needs. All ids of a person are the same, so rows refer to each other."""
    row: dict[str, Any] = {}
    add_somebody(conn)
    for column, kind, refers_to in conn.execute(REQUIRED, (table,)).fetchall():
        row[column] = WORDS.get((table, column), SOME[kind])
        if refers_to == "public.content":
            row[column] = CONTENT
    own = {"user_id": person, "token": str(person), "timezone": "Europe/Berlin", "customer": person.hex}
    if table in {"mend.files", "mend.outbox"}:  # their ids are not a person's own
        own["id"] = uuid4()
    return row | {column: value for column, value in own.items() if column in row}


def _columns(conn: psycopg.Connection, table: str) -> list[tuple[str, str]]:
    return [row for row in conn.execute(TEXT_COLUMNS, (table,)).fetchall() if row[0] not in NO_CANARY]


def _takes(conn: psycopg.Connection, table: str, column: tuple[str, str], person: UUID, canary: str) -> bool:
    name, kind = column
    text = f"{canary} {table}.{name}"
    value = text if kind == "text" else json.dumps({"canary": text})
    change = sql.SQL("UPDATE {} SET {} = %s WHERE user_id = %s").format(named(table), sql.Identifier(name))
    try:
        with conn.transaction():
            conn.execute("SET LOCAL session_replication_role TO replica")  # logs are append-only
            conn.execute(change, (value, person))
    except psycopg.errors.Error:
        return False  # the column takes certain words alone
    return True


def unpacked(archive: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return content.getvalue()
