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

# Everything that is only kept for a while. Each has an index on its age.
SWEEP: tuple[LiteralString, ...] = (
    "DELETE FROM mend.idempotency_keys WHERE created_at < %(now)s - interval '24 hours'",
    "DELETE FROM mend.rate_limits WHERE minute < %(now)s - interval '10 minutes'",
    "DELETE FROM mend.outbox WHERE published_at < %(now)s - interval '7 days'",
    "DELETE FROM mend.event_claims WHERE claimed_at < %(now)s - interval '30 days'",
    "DELETE FROM mend.delivery_failures WHERE failed_at < %(now)s - interval '30 days'",
    "DELETE FROM public.notifications WHERE state NOT IN ('planned', 'held') AND due_at < %(now)s - interval '90 days'",
    "DELETE FROM public.recommendations WHERE created_at < %(now)s - interval '180 days'",
    "DELETE FROM public.live_documents WHERE expires_at < %(now)s",
)


async def take(conn: Connection, most: int) -> list[Event]:
    async with conn.cursor(row_factory=class_row(Event)) as cursor:
        await cursor.execute(TAKE, (most,))
        return await cursor.fetchall()


def mark_published(conn: Connection, ids: Sequence[UUID]) -> None:
    conn.post(MARK, (utc_now(), list(ids)))
