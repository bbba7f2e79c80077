"""The SQL of replacements. It runs as the person, whose id is `mend.uid()`."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from functions.companion.queries import MESSAGES, MessageRow
from shared.db import Connection

LATEST_MESSAGE: LiteralString = (
    MESSAGES
    + """
      AND m.conversation_id = %(conversation)s AND m.role = 'user' AND m.replaced_at IS NULL
    ORDER BY m.position DESC LIMIT 1
"""
)
# A reply that is being written ends. A reminder of what the companion is that the reply began with has not been given.
REPLACE: LiteralString = """
    WITH replaced AS (
        UPDATE public.conversation_messages
        SET replaced_at = %(now)s, parts = '{}', tool_calls = '[]', attachments = '{}', guide = NULL,
            rating_reason = NULL, alive_until = NULL,
            status = CASE WHEN alive_until IS NULL THEN status ELSE 'cancelled' END
        WHERE user_id = mend.uid() AND id = ANY (%(ids)s)
        RETURNING created_at
    )
    UPDATE public.conversations SET disclosed_at = NULL
    WHERE user_id = mend.uid() AND id = %(conversation)s AND disclosed_at IN (SELECT created_at FROM replaced)
"""


async def load_latest_message(conn: Connection, conversation: UUID, now: datetime) -> MessageRow | None:
    """The latest message of the person."""
    return (await conn.run(LATEST_MESSAGE, {"conversation": conversation, "now": now}, MessageRow)).first


def replace(conn: Connection, conversation: UUID, ids: Sequence[UUID], now: datetime) -> None:
    """Take messages out of a conversation. They lose their words."""
    conn.queue(REPLACE, {"conversation": conversation, "ids": list(ids), "now": now})
