"""The SQL of the state machine. It runs as the person, whose id is `mend.uid()`."""

from datetime import datetime
from typing import Any, LiteralString, NamedTuple
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
LATEST_REPLY: LiteralString = """
    SELECT m.danger IS NOT NULL AS is_of_machine, array_to_string(m.parts, '') AS text,
           m.guide ->> 'language' AS language
    FROM public.conversation_messages AS m
    WHERE m.user_id = mend.uid() AND m.conversation_id = %(conversation)s AND m.answers IS NOT NULL
      AND m.replaced_at IS NULL
    ORDER BY m.position DESC LIMIT 1
"""
LATEST_ELSEWHERE: LiteralString = """
    SELECT m.danger, m.support, m.created_at FROM public.conversation_messages AS m
    WHERE m.user_id = mend.uid() AND m.conversation_id <> %(conversation)s AND m.danger IS NOT NULL
      AND m.created_at >= %(since)s
    ORDER BY m.created_at DESC LIMIT 1
"""


class DangerElsewhere(NamedTuple):
    """The latest reply of the state machine in another conversation."""

    danger: dict[str, Any]
    support: dict[str, Any]
    created_at: datetime


class LatestReply(NamedTuple):
    """The latest reply of a conversation. `is_of_machine` if the machine has set a state with it."""

    is_of_machine: bool
    text: str
    language: str | None  # in which the guide has written it


async def load_latest_state(
    conn: Connection, conversation: UUID, since: datetime, before: int = AFTER_ALL
) -> str | None:
    """The state that the latest reply has set, or None if the machine has not written it or it is older."""
    params = {"conversation": conversation, "before": before, "since": since}
    rows = (await conn.run(LATEST_STATE, params)).rows
    return rows[0][0] if rows else None


async def load_latest_reply(conn: Connection, conversation: UUID) -> LatestReply | None:
    return (await conn.run(LATEST_REPLY, {"conversation": conversation}, LatestReply)).first


async def load_danger_elsewhere(conn: Connection, conversation: UUID, since: datetime) -> DangerElsewhere | None:
    """The latest reply of the state machine in another conversation of the person."""
    params = {"conversation": conversation, "since": since}
    return (await conn.run(LATEST_ELSEWHERE, params, DangerElsewhere)).first
