"""The outbox: events are added in the transaction of the change that they tell of."""

from collections.abc import Sequence
from typing import LiteralString

from psycopg.types.json import Jsonb

from shared.db import Connection
from shared.events.envelope import Event

ADD: LiteralString = """
    INSERT INTO mend.outbox (id, type, user_id, occurred_at, data)
    SELECT e.id, e.type, e.user_id, e.occurred_at, e.data
    FROM unnest(%(ids)s::uuid[], %(types)s::text[], %(people)s::uuid[], %(times)s::timestamptz[], %(data)s::jsonb[])
        AS e (id, type, user_id, occurred_at, data)
"""


def emit(conn: Connection, events: Sequence[Event]) -> None:
    """Add events to the outbox; they exist once the transaction commits."""
    if events:
        columns = {
            "ids": [e.id for e in events],
            "types": [e.type for e in events],
            "people": [e.user_id for e in events],
            "times": [e.occurred_at for e in events],
            "data": [Jsonb(e.data) for e in events],
        }
        conn.queue(ADD, columns)
