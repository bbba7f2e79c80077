"""People with something in every store, what is left of them anywhere, and the way an erasure takes."""

import json
from datetime import timedelta
from uuid import UUID

import httpx
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from functions.account.main import erasure_consumer
from infra.capabilities import capabilities
from shared.clock import utc_now
from shared.events import Event, tick
from shared.files import uploads
from shared.files.categories import CATEGORIES
from shared.files.local import LocalFileStore
from shared.files.port import path_of
from shared.ids import new_id
from shared.services import Services
from tests.access.matrix import insert, lone_row, named, some_row
from tests.conftest import Client, ClientFactory, Clone
from tests.event_delivery import deliver
from tests.sample_files import PNG

CONFIRM = {"confirm": "erase everything"}
OWNED = [
    entry.name
    for declared in capabilities().values()
    for entry in declared.data
    if entry.store == "table" and entry.owner and not entry.outlives
]
TABLES = """
    SELECT relnamespace::regnamespace || '.' || relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('public', 'mend', 'auth', 'local')
"""
TEXT_COLUMNS = """
    SELECT attname::text FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND atttypid = 'text'::regtype AND NOT attisdropped
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = attrelid AND attnum = ANY (conkey))
"""
UNIQUE_AMONG_ALL = "mend.files"  # the ids of all other tables are unique within a person
LATER = uploads.SWEEP_AFTER + timedelta(minutes=1)


def canary(person: UUID) -> str:
    return f"kanarienvogel-{person.hex[:12]}"


async def plant(client_for: ClientFactory, database: Clone, services: Services) -> Client:
    """A person with a row in every table that has owners, words of theirs, files, documents and a parked event."""
    client = client_for("account")
    person, word = client.person, canary(client.person)
    await client_for("checkin", person).post(
        "/", json={"mood": "sad", "intensity": 7, "note": word, "factors": [word]}, headers={"Idempotency-Key": word}
    )
    await client.patch("/profile", json={"display_name": word})
    await client_for("notify", person).put(f"/devices/{word}", json={"platform": "ios"})
    with database.admin() as conn:
        for table in OWNED:
            if not conn.execute(_count(table), (person,)).fetchone()[0]:  # type: ignore[index]
                insert_row(conn, table, person)
            for (column,) in conn.execute(TEXT_COLUMNS, (table,)).fetchall():
                conn.execute(_with_word(table, column), (word, person))
        event = Event(type="mood.recorded", user_id=person, occurred_at=utc_now())
        conn.execute(
            "INSERT INTO mend.dead_letters (consumer, event_id, envelope, reason, attempts)"
            " VALUES ('x', %s, %s, 'y', 1)",
            (event.id, Jsonb(json.loads(event.model_dump_json()))),
        )
        conn.execute(
            "INSERT INTO local.mails (address, key, subject, text, html) VALUES (%s, '', '', %s, '')",
            (f"{person}@example.org", word),
        )
    await services.live.put(person, "streak", {"word": word}, utc_now() + timedelta(days=1))
    store_files(services, person)
    return client


def insert_row(conn: psycopg.Connection, table: str, person: UUID) -> None:
    """A row of a person, with the rows that it refers to unless they are there."""
    try:
        with conn.transaction():
            row = some_row(conn, table, person)
            insert(conn, table, row | {"id": new_id()} if table == UNIQUE_AMONG_ALL else row)
    except psycopg.errors.UniqueViolation:
        insert(conn, table, lone_row(conn, table, person))


def store_files(services: Services, person: UUID) -> None:
    """A file in every bucket that no row knows."""
    assert isinstance(services.files, LocalFileStore)
    for bucket in CATEGORIES:
        with services.files.open_upload(bucket, path_of(person, new_id()), "image/png") as file:
            file.write(PNG + canary(person).encode())


def _count(table: str) -> sql.Composed:
    return sql.SQL("SELECT count(*) FROM {} WHERE user_id = %s").format(named(table))


def _with_word(table: str, column: str) -> sql.Composed:
    return sql.SQL("UPDATE {} SET {} = %s WHERE user_id = %s").format(named(table), sql.Identifier(column))


def rows_that_name(database: Clone, person: UUID) -> dict[str, int]:
    """How many rows of each table hold the id, the address or the words of a person."""
    marks = [f"%{mark}%" for mark in (str(person), person.hex, canary(person))]
    with database.admin() as conn:
        tables = [table for (table,) in conn.execute(TABLES).fetchall()]
        counts = {
            table: conn.execute(
                sql.SQL("SELECT count(*) FROM {} AS t WHERE t::text LIKE ANY (%s)").format(named(table)), (marks,)
            ).fetchone()[0]  # type: ignore[index]
            for table in tables
        }
    return {table: count for table, count in counts.items() if count}


async def files_of(services: Services, person: UUID) -> int:
    return sum((await uploads.count_all(services.files, person)).values())


async def ask(client: Client) -> httpx.Response:
    return await client.request("DELETE", "/", json=CONFIRM)


def erasure_events(database: Clone) -> list[Event]:
    columns = ("id", "type", "user_id", "occurred_at", "data")
    rows = database.rows("SELECT id, type, user_id, occurred_at, data FROM mend.outbox WHERE type = 'user.erased'")
    return [Event(**dict(zip(columns, row, strict=True))) for row in rows]


async def handle_erasures(database: Clone) -> None:
    """Deliver the events of erasures, as the relay and Pub/Sub do."""
    for event in erasure_events(database):
        assert await deliver(erasure_consumer, event)


async def run_schedule(name: str) -> None:
    assert await deliver(erasure_consumer, tick(f"schedule.{name}", utc_now()))
