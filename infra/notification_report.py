"""Lists what became of a person's notifications, for support, without their texts. The person sees that it was read."""

from datetime import date, datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from shared.clock import utc_now

LIMIT = 50

# What was due by now comes first, newest first. What is still to come follows, the soonest first.
DELIVERIES: LiteralString = """
    SELECT due_at, kind, local_date, slot, state, state_reason, channels FROM public.notifications
    WHERE user_id = %(person)s
    ORDER BY due_at > %(now)s, abs(extract(epoch FROM due_at - %(now)s))
    LIMIT %(limit)s
"""
RECORD_READING: LiteralString = """
    INSERT INTO mend.access_log (user_id, occurred_at, actor, operator, action)
    VALUES (%(person)s, %(now)s, 'operator', session_user || ', ' || %(reader)s, 'deliveries_read')
"""


class Delivery(NamedTuple):
    due_at: datetime
    kind: str
    local_date: date
    slot: str
    state: str
    state_reason: str | None
    channels: dict[str, str]

    @property
    def line(self) -> str:
        outcomes = " ".join(f"{channel}:{outcome}" for channel, outcome in sorted(self.channels.items()))
        due_at = self.due_at.isoformat(timespec="minutes")
        parts = (due_at, self.kind, f"{self.local_date} {self.slot}", self.state, self.state_reason, outcomes)
        return "  ".join(part for part in parts if part)


def latest(dsn: str, person: UUID, reader: str) -> list[Delivery]:
    """The latest notifications. Records that this reader has seen them."""
    params = {"person": person, "now": utc_now(), "limit": LIMIT, "reader": reader}
    with psycopg.connect(dsn) as conn, conn.cursor(row_factory=class_row(Delivery)) as cursor:
        conn.execute(RECORD_READING, params)
        return cursor.execute(DELIVERIES, params).fetchall()
