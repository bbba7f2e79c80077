"""The declared rights (`matrix.yaml`), and a row of each table to try them on."""

from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import yaml
from psycopg import sql

ROLES = ("anon", "authenticated", "service_role", "mend_app", "mend_user", "mend_service")
VERBS = ("select", "insert", "update", "delete")

TABLES = """
    SELECT relnamespace::regnamespace || '.' || relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace IN ('public'::regnamespace, 'mend'::regnamespace)
"""
# The columns that a new row must fill, and the table each refers to, if any.
REQUIRED = """
    SELECT attname::text, format_type(atttypid, NULL),
           (SELECT relnamespace::regnamespace || '.' || relname
            FROM pg_constraint JOIN pg_class ON pg_class.oid = confrelid
            WHERE conrelid = attrelid AND contype = 'f' AND conkey[cardinality(conkey)] = attnum)
    FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
      AND (attname = 'user_id' OR (attnotnull AND NOT atthasdef AND attidentity = ''))
    ORDER BY attnum
"""
SOME = {
    "bigint": 1,
    "boolean": True,
    "bytea": b"",
    "date": "2026-01-02",
    "double precision": 1.0,
    "integer": 1,
    "json": "{}",
    "jsonb": "{}",
    "real": 1.0,
    "smallint": 1,
    "text": "plan",  # a kind of notification, too
    "text[]": [],
    "time without time zone": "10:00",
    "time without time zone[]": [],
    "timestamp with time zone": "2026-01-02T10:00:00Z",
    "timestamp with time zone[]": [],
    "numeric": 1,
    "uuid": UUID(int=1),
    "uuid[]": [],
}

# Where a column takes certain words alone.
UNIQUE = (("mend.subscribers", "customer"),)  # columns that no two people may have the same value in
WORDS = {
    ("public.notifications", "kind"): "plan",
    ("public.devices", "platform"): "ios",
    ("mend.connections", "provider"): "spotify",
    ("mend.age_signals", "band"): "13_to_15",
    ("mend.guardians", "state"): "asked",
    ("mend.erasures", "reason"): "unused",
    ("mend.admin_actions", "action"): "insert",
    ("mend.access_log", "actor"): "person",
    ("mend.access_log", "action"): "exported",
    ("mend.insight_periods", "unit"): "week",
    ("public.insights", "kind"): "factor",
    ("public.insights", "status"): "new",
    ("public.experiments", "status"): "stopped",
    ("public.conversations", "module"): "companion",
    ("public.conversations", "mode"): "group",  # so that it may have participants
    ("public.conversation_messages", "role"): "user",
    ("public.conversation_messages", "status"): "done",
    ("mend.safety_switches", "name"): "pattern:plan",
    ("public.review_questions", "code"): "reviewed_indirect",
}

Row = dict[str, Any]


@cache
def declared() -> dict[str, dict[str, dict[str, list[str]]]]:
    matrix: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("matrix.yaml").read_text(encoding="utf-8"))
    return matrix


def allowed(table: str, role: str, *kinds: str) -> set[str]:
    rights = declared().get(table, {}).get(role, {})
    return {verb for kind in ("all", *kinds) for verb in rights.get(kind, ())}


def columns(table: str, role: str) -> list[str]:
    """The columns that a role's SELECT is limited to, if it is."""
    return declared()[table].get(role, {}).get("columns", [])


def some_row(conn: psycopg.Connection, table: str, owner: UUID) -> Row:
    """A row of that owner, and whatever rows it refers to."""
    inserted: set[str] = set()
    for column, _, refers_to in conn.execute(REQUIRED, (table,)).fetchall():
        if refers_to not in {None, "auth.users", *inserted} and column != "user_id":
            insert(conn, refers_to, some_row(conn, refers_to, owner))
            inserted.add(refers_to)
    return lone_row(conn, table, owner)


def lone_row(conn: psycopg.Connection, table: str, owner: UUID) -> Row:
    """A row of that owner, without the rows that it refers to. A person whom it names beside the owner is there."""
    required = conn.execute(REQUIRED, (table,)).fetchall()
    if any(refers_to == "auth.users" and column != "user_id" for column, _, refers_to in required):
        add_somebody(conn)
    row = {
        column: owner if column == "user_id" else WORDS.get((table, column), SOME[kind]) for column, kind, _ in required
    }
    return row | {column: owner.hex for of, column in UNIQUE if of == table}


def add_somebody(conn: psycopg.Connection) -> None:
    """The person whom rows name beside their owner, unless they are there."""
    conn.execute("INSERT INTO auth.users (id) VALUES (%s) ON CONFLICT DO NOTHING", (SOME["uuid"],))


def insert(conn: psycopg.Connection, table: str, row: Row) -> None:
    conn.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            named(table), sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(map(sql.Placeholder, row))
        ),
        row,
    )


def named(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))
