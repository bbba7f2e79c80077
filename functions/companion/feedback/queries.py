"""The SQL of feedback. It runs as the person, whose id is `mend.uid()`."""

from typing import LiteralString
from uuid import UUID

from shared.db import Connection

RATE: LiteralString = """
    UPDATE public.conversation_messages SET rating = %(rating)s, rating_reason = %(reason)s
    WHERE user_id = mend.uid() AND id = %(id)s
"""


def rate(conn: Connection, id_: UUID, rating: str | None, reason: str | None) -> None:
    """Queue the rating of a reply, in place of the one that it has. None withdraws it."""
    conn.queue(RATE, {"id": id_, "rating": rating, "reason": reason})
