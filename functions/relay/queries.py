"""What the relay asks of Postgres."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.clock import utc_now
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

MARK: LiteralString = "UPDATE mend.outbox SET published_at = %(now)s WHERE id = ANY(%(ids)s)"

# On a developer's machine: a copy for every function that listens, as Pub/Sub keeps one for every subscription.
ENQUEUE: LiteralString = """
    INSERT INTO local.deliveries (event_id, function, message)
    SELECT %(event_id)s, s.function, %(message)s FROM local.subscriptions AS s WHERE s.topic = %(topic)s
    ON CONFLICT (event_id, function) DO NOTHING
"""


async def take(conn: Connection, most: int) -> list[Event]:
    return (await conn.run(TAKE, {"most": most}, Event)).rows


def enqueue(conn: Connection, event: Event) -> None:
    conn.queue(ENQUEUE, {"event_id": event.id, "topic": event.topic, "message": Jsonb(as_message(event))})


def mark_published(conn: Connection, ids: Sequence[UUID]) -> None:
    conn.queue(MARK, {"now": utc_now(), "ids": list(ids)})
