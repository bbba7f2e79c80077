"""The SQL of archives. It runs as the person, and the functions that it calls touch only that person's rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString

from psycopg.types.json import Jsonb

from shared.db import Connection

BEGIN_EXPORT: LiteralString = "SELECT mend.begin_export(%(limit_a_day)s, %(now)s)"
TRY_LOCK: LiteralString = "SELECT pg_try_advisory_xact_lock(mend.lock_key('export', mend.uid()::text))"
OPEN_OWN_ROWS: LiteralString = "SELECT mend.open_own_rows(%(table)s, %(order)s)"
FETCH_OWN_ROWS: LiteralString = "FETCH FORWARD 500 FROM own_rows"
CLOSE_OWN_ROWS: LiteralString = "CLOSE own_rows"
OWN_SIGN_IN: LiteralString = "SELECT mend.own_sign_in()"
STATE_HASH: LiteralString = "SELECT mend.state_hash(%(tables)s)"
HAS_OWN_ROWS: LiteralString = "SELECT mend.has_own_rows(%(tables)s)"
IMPORT_ROWS: LiteralString = "SELECT mend.import_rows(%(table)s, %(rows)s::json, %(left_out)s, %(replaces)s)"
RECORD_IMPORT: LiteralString = "SELECT mend.record_import(%(archive)s, %(now)s)"
WAS_IMPORTED: LiteralString = """
    SELECT EXISTS (
        SELECT FROM mend.access_log WHERE user_id = mend.uid() AND action = 'imported' AND reason = %(archive)s
    )
"""


async def begin_export(conn: Connection, limit_a_day: int, now: datetime) -> bool:
    """Count and record an export. False if the person has exported as often within a day."""
    [(begun,)] = (await conn.run(BEGIN_EXPORT, {"limit_a_day": limit_a_day, "now": now})).rows
    return bool(begun)


async def try_lock(conn: Connection) -> bool:
    """Whether no other export of the person is running. The lock lasts as long as the transaction."""
    [(locked,)] = (await conn.run(TRY_LOCK)).rows
    return bool(locked)


def open_own_rows(conn: Connection, table: str, order: str) -> None:
    conn.queue(OPEN_OWN_ROWS, {"table": table, "order": order})


async def fetch_own_rows(conn: Connection) -> list[str]:
    """The next rows of the opened table, as JSON. None are left if there are none; then the cursor is closed."""
    rows = [row for (row,) in (await conn.run(FETCH_OWN_ROWS)).rows]
    if not rows:
        conn.queue(CLOSE_OWN_ROWS)
    return rows


async def load_sign_in(conn: Connection) -> str:
    [(sign_in,)] = (await conn.run(OWN_SIGN_IN)).rows
    return str(sign_in)


async def load_state_hash(conn: Connection, tables: Mapping[str, Sequence[str]]) -> str:
    [(state_hash,)] = (await conn.run(STATE_HASH, {"tables": Jsonb(tables)})).rows
    return str(state_hash)


async def has_own_rows(conn: Connection, tables: Sequence[str]) -> bool:
    [(has_rows,)] = (await conn.run(HAS_OWN_ROWS, {"tables": list(tables)})).rows
    return bool(has_rows)


async def import_rows(conn: Connection, table: str, rows: str, left_out: Sequence[str], *, replaces: bool) -> int:
    """Store rows, a JSON array, as the person's. Returns how many were stored."""
    params = {"table": table, "rows": rows, "left_out": list(left_out), "replaces": replaces}
    [(stored,)] = (await conn.run(IMPORT_ROWS, params)).rows
    return int(stored)


async def was_imported(conn: Connection, state_hash: str) -> bool:
    """Whether the person has imported an archive of that state before."""
    [(was_imported,)] = (await conn.run(WAS_IMPORTED, {"archive": _archive(state_hash)})).rows
    return bool(was_imported)


def record_import(conn: Connection, state_hash: str, now: datetime) -> None:
    conn.queue(RECORD_IMPORT, {"archive": _archive(state_hash), "now": now})


def _archive(state_hash: str) -> str:
    return f"archive {state_hash}"
