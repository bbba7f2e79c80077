"""The SQL of the guide. It runs as the person, whose id is `mend.uid()`."""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from functions.companion.guide.flows import GuideState
from shared.db import Connection

# A reply that did not get to its end does not count: the person may have read nothing of it.
LATEST_STATE: LiteralString = """
    SELECT guide, created_at FROM public.conversation_messages
    WHERE user_id = mend.uid() AND conversation_id = %(conversation)s AND position < %(position)s
      AND guide IS NOT NULL AND status = 'done' AND created_at >= %(since)s
    ORDER BY position DESC
    LIMIT 1
"""
STORE_STATE: LiteralString = """
    UPDATE public.conversation_messages SET guide = %(state)s WHERE user_id = mend.uid() AND id = %(id)s
"""

# Ids are in the order of time.
EARLIER_CONVERSATIONS: LiteralString = """
    SELECT count(*) FROM public.conversations WHERE user_id = mend.uid() AND id < %(conversation)s
"""


class StoredState(NamedTuple):
    state: GuideState
    at: datetime


async def load_state(conn: Connection, conversation: UUID, position: int, since: datetime) -> StoredState | None:
    """Where the conversation stood before a position, if that is not longer ago than `since`."""
    params = {"conversation": conversation, "position": position, "since": since}
    rows = (await conn.run(LATEST_STATE, params)).rows
    return StoredState(GuideState.model_validate(rows[0][0]), rows[0][1]) if rows else None


async def count_earlier_conversations(conn: Connection, conversation: UUID) -> int:
    """How many conversations the person has that they began before this one."""
    return int((await conn.run(EARLIER_CONVERSATIONS, {"conversation": conversation})).rows[0][0])


def store_state(conn: Connection, reply: UUID, state: GuideState) -> None:
    conn.queue(STORE_STATE, {"id": reply, "state": Jsonb(state.model_dump(mode="json"))})
