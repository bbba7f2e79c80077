"""Marks the insights of a person as stale: the job computes them again in the person's next night."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from shared.connection import Connection

MARK_STALE: LiteralString = """
    INSERT INTO mend.insight_people AS p (user_id, stale_since, due_at)
    VALUES (%(person)s, %(now)s, mend.next_insight_night(%(person)s, %(now)s))
    ON CONFLICT (user_id) DO UPDATE
        SET stale_since = greatest(p.stale_since, excluded.stale_since), due_at = coalesce(p.due_at, excluded.due_at)
"""


def mark_stale(conn: Connection, person: UUID, now: datetime) -> None:
    conn.queue(MARK_STALE, {"person": person, "now": now})
