"""What the relay asks of Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.db import Connection
from shared.events import Event, as_message

# Oldest first; rows that another relay is publishing right now are passed over.
TAKE: LiteralString = """
    SELECT id, type, version, user_id, occurred_at, data
    FROM mend.outbox
    WHERE published_at IS NULL
    ORDER BY id
    LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
"""

MARK: LiteralString = "UPDATE mend.outbox SET published_at = now() WHERE id = ANY(%(ids)s)"

# On a developer's machine: a copy for every function that listens, as Pub/Sub keeps one for every subscription.
ENQUEUE: LiteralString = """
    INSERT INTO local.deliveries (event_id, function, message)
    SELECT %(event_id)s, s.function, %(message)s FROM local.subscriptions AS s WHERE s.topic = %(topic)s
    ON CONFLICT (event_id, function) DO NOTHING
"""

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
    return (await conn.ask(TAKE, {"most": most}, Event)).rows


def enqueue(conn: Connection, event: Event) -> None:
    conn.post(ENQUEUE, {"event_id": event.id, "topic": event.topic, "message": Jsonb(as_message(event))})


def sweep(conn: Connection, now: datetime) -> None:
    for statement in SWEEP:
        conn.post(statement, {"now": now})


def mark_published(conn: Connection, ids: Sequence[UUID]) -> None:
    conn.post(MARK, {"ids": list(ids)})
