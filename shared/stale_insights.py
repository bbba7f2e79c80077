"""Marks the insights of a person as stale: the job computes them again in the person's next night."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from shared.connection import Connection

MARK_STALE: LiteralString = "SELECT mend.mark_insights_stale(%(person)s, %(now)s)"


def mark_stale(conn: Connection, person: UUID, now: datetime) -> None:
    conn.queue(MARK_STALE, {"person": person, "now": now})
