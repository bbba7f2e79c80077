"""The SQL of the live document. `UNFINISHED` runs as the person, `END_DEAD` as `mend_service`."""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from shared.db import Connection

MOST_REPLIES = 20  # of a document
UNFINISHED: LiteralString = """
    SELECT conversation_id, id AS message_id,
           row_number() OVER (PARTITION BY conversation_id ORDER BY position) = 1 AS is_first
    FROM public.conversation_messages
    WHERE user_id = mend.uid() AND status IN ('queued', 'running') AND alive_until >= %(now)s
    ORDER BY conversation_id DESC, position
    LIMIT %(limit)s
"""
END_DEAD: LiteralString = "SELECT mend.end_dead_replies(%(now)s)"


class UnfinishedReply(NamedTuple):
    conversation_id: UUID
    message_id: UUID
    is_first: bool


async def load_unfinished(conn: Connection, now: datetime) -> list[UnfinishedReply]:
    return (await conn.run(UNFINISHED, {"now": now, "limit": MOST_REPLIES}, UnfinishedReply)).rows


async def end_dead(conn: Connection, now: datetime) -> list[UUID]:
    """End the replies whose process has died. Returns whose they are."""
    return [person for (person,) in (await conn.run(END_DEAD, {"now": now})).rows]
