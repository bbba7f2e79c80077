"""What the relay asks of Postgres."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from shared.clock import utc_now
from shared.db import Connection
from shared.events import Event

# Oldest first; rows that another relay is publishing right now are passed over.
TAKE: LiteralString = """
    SELECT id, type, version, user_id, occurred_at, data
    FROM mend.outbox
    WHERE published_at IS NULL
    ORDER BY id
    LIMIT %s
    FOR UPDATE SKIP LOCKED
"""

MARK: LiteralString = "UPDATE mend.outbox SET published_at = %s WHERE id = ANY(%s)"


async def take(conn: Connection, most: int) -> list[Event]:
    async with conn.cursor(row_factory=class_row(Event)) as cursor:
        await cursor.execute(TAKE, (most,))
        return await cursor.fetchall()


def mark_published(conn: Connection, ids: Sequence[UUID]) -> None:
    conn.post(MARK, (utc_now(), list(ids)))
