"""The SQL of the state machine. It runs as the person, whose id is `mend.uid()`."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from shared.db import Connection

# A reply that was replaced, or that is not of the machine, has no state.
LATEST_STATE: LiteralString = """
    SELECT m.danger ->> 'state' FROM public.conversation_messages AS m
    WHERE m.user_id = mend.uid() AND m.conversation_id = %(conversation)s AND m.answers IS NOT NULL
      AND m.replaced_at IS NULL AND m.position < %(before)s AND m.created_at >= %(since)s
    ORDER BY m.position DESC LIMIT 1
"""
AFTER_ALL = 2**31 - 1  # beyond every position


async def load_latest_state(
    conn: Connection, conversation: UUID, since: datetime, before: int = AFTER_ALL
) -> str | None:
    """The state that the latest reply has set, or None if the machine has not written it or it is older."""
    params = {"conversation": conversation, "before": before, "since": since}
    rows = (await conn.run(LATEST_STATE, params)).rows
    return rows[0][0] if rows else None
