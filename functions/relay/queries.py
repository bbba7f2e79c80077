"""The SQL statements of the relay."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from functions.relay.models import Backlog
from shared.clock import utc_now
from shared.db import Connection, Database
from shared.events import Event, push_message
from shared.events.envelope import message_id

# What is added from now on wakes the relay again.
TAKE_WAKE: LiteralString = """
    UPDATE mend.relay_wakes SET pending_until = '-infinity' WHERE pending_until > '-infinity'
"""

# For as long as a wake-up is waited for (`mend.claim_wake`).
HOLD_WAKE: LiteralString = "UPDATE mend.relay_wakes SET pending_until = clock_timestamp() + interval '5 seconds'"

# The oldest events of each topic, or of one, that no other relay holds. The index on (type, id) finds one type after
# the other, so that a topic with a long queue does not slow the rest.
LEASE_EVENTS: LiteralString = """
    WITH RECURSIVE queues AS (
        (SELECT type FROM mend.outbox WHERE published_at IS NULL ORDER BY type LIMIT 1)
        UNION ALL
        SELECT (
            SELECT o.type FROM mend.outbox AS o WHERE o.published_at IS NULL AND o.type > q.type ORDER BY o.type LIMIT 1
        )
        FROM queues AS q WHERE q.type IS NOT NULL
    ), oldest AS MATERIALIZED (
        SELECT e.id
        FROM queues AS q CROSS JOIN LATERAL (
            SELECT o.id FROM mend.outbox AS o
            WHERE o.type = q.type AND o.published_at IS NULL
              AND (o.leased_until IS NULL OR o.leased_until <= %(now)s)
            ORDER BY o.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        ) AS e
        WHERE q.type <> ALL(%(excluded)s) AND (q.type = %(only)s OR %(only)s::text IS NULL)
    )
    UPDATE mend.outbox AS o SET leased_until = %(until)s FROM oldest WHERE o.id = oldest.id
    RETURNING o.id, o.type, o.version, o.user_id, o.occurred_at, o.data, o.traceparent
"""

RELEASE_EVENTS: LiteralString = "UPDATE mend.outbox SET leased_until = NULL WHERE id = ANY(%(ids)s)"

MARK_PUBLISHED: LiteralString = "UPDATE mend.outbox SET published_at = %(now)s WHERE id = ANY(%(ids)s)"

# On a developer's machine: a copy for every function that listens, as Pub/Sub keeps one for every subscription, and
# only if the subscription's filter lets the message's attributes pass (infra/functions.yaml).
ENQUEUE: LiteralString = """
    INSERT INTO local.deliveries (event_id, function, message)
    SELECT %(message_id)s, s.function, %(message)s FROM local.subscriptions AS s
    WHERE s.topic = %(topic)s AND NOT EXISTS (
        SELECT FROM jsonb_each(s.filter) AS f
        CROSS JOIN LATERAL (SELECT %(attributes)s::jsonb ->> f.key AS value) AS a
        WHERE CASE WHEN f.value ? 'one_of' THEN (f.value -> 'one_of' ? a.value) IS NOT TRUE
                   ELSE f.value -> 'none_of' ? a.value END
    )
    ON CONFLICT (event_id, function) DO NOTHING
"""


BACKLOG: LiteralString = """
    SELECT count(*)::int AS unpublished,
           coalesce(extract(epoch FROM %(now)s - min(occurred_at)), 0)::float8 AS oldest_seconds,
           (SELECT count(*)::int FROM mend.dead_letters WHERE replayed_at IS NULL) AS parked,
           pg_database_size(current_database()) AS database_bytes
    FROM mend.outbox WHERE published_at IS NULL
"""


async def backlog(database: Database) -> Backlog:
    async with database.service() as conn:
        return (await conn.run(BACKLOG, {"now": utc_now()}, Backlog)).rows[0]


async def lease_events(
    conn: Connection, limit: int, until: datetime, only: str | None, excluded: Sequence[str]
) -> list[Event]:
    """The oldest events of every type but the excluded ones, at most `limit` of each; or those of one type."""
    params = {"limit": limit, "now": utc_now(), "until": until, "only": only, "excluded": list(excluded)}
    conn.queue(TAKE_WAKE)
    return (await conn.run(LEASE_EVENTS, params, Event)).rows


def hold_wake(conn: Connection) -> None:
    """Have no other relay woken: this one looks again."""
    conn.queue(HOLD_WAKE)


def release_events(conn: Connection, ids: Sequence[UUID]) -> None:
    conn.queue(RELEASE_EVENTS, {"ids": list(ids)})


def mark_published(conn: Connection, ids: Sequence[UUID]) -> None:
    conn.queue(MARK_PUBLISHED, {"now": utc_now(), "ids": list(ids)})


def enqueue(conn: Connection, events: Sequence[Event]) -> None:
    params = {
        "message_id": message_id(events),
        "topic": events[0].topic,
        "message": Jsonb(push_message(*events)),
        "attributes": Jsonb(events[0].attributes),
    }
    conn.queue(ENQUEUE, params)
