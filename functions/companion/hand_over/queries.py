"""The SQL of hand-overs. It runs as the person, whose id is `mend.uid()`."""

from datetime import datetime, timedelta
from typing import LiteralString, NamedTuple
from uuid import UUID

from functions.companion.hand_over.models import HandOver, HandOverMail
from shared.db import Connection

DAY = timedelta(days=1)

CONFIRMED_EMAIL: LiteralString = "SELECT email FROM mend.own_account() WHERE email_state = 'confirmed'"
# What was replaced is not there, and neither is the first message, which tells what the companion is.
SAID: LiteralString = """
    SELECT role, array_to_string(parts, '') AS text, created_at FROM public.conversation_messages
    WHERE user_id = mend.uid() AND conversation_id = %(conversation)s AND position > 1 AND replaced_at IS NULL
      AND cardinality(parts) > 0 AND alive_until IS NULL
    ORDER BY position DESC
    LIMIT %(limit)s
"""
HAND_OVER: LiteralString = """
    SELECT id, state, agreed_at FROM public.hand_overs WHERE user_id = mend.uid() AND id = %(id)s
"""
COUNT: LiteralString = """
    SELECT count(*) FROM public.hand_overs WHERE user_id = mend.uid() AND agreed_at > %(since)s
"""
INSERT: LiteralString = """
    INSERT INTO public.hand_overs (user_id, id, conversation_id, address, subject, text, agreed_at)
    VALUES (mend.uid(), %(id)s, %(conversation)s, %(to)s, %(subject)s, %(text)s, %(now)s)
"""
# The mail was refused for good, so nothing has arrived.
REPEAT: LiteralString = """
    UPDATE public.hand_overs SET state = 'queued', agreed_at = %(now)s
    WHERE user_id = mend.uid() AND id = %(id)s AND state = 'failed'
"""


class Said(NamedTuple):
    role: str
    text: str
    created_at: datetime


async def load_email(conn: Connection) -> str | None:
    """The confirmed address of the person."""
    rows = (await conn.run(CONFIRMED_EMAIL)).rows
    return str(rows[0][0]) if rows else None


async def load_said(conn: Connection, conversation: UUID, limit: int) -> list[Said]:
    """The latest messages and replies that have ended, in order."""
    return (await conn.run(SAID, {"conversation": conversation, "limit": limit}, Said)).rows[::-1]


async def load(conn: Connection, id_: UUID) -> HandOver | None:
    return (await conn.run(HAND_OVER, {"id": id_}, HandOver)).first


async def count_of_day(conn: Connection, now: datetime) -> int:
    """How many hand-overs there were within 24 hours."""
    [(count,)] = (await conn.run(COUNT, {"since": now - DAY})).rows
    return int(count)


def insert(conn: Connection, id_: UUID, conversation: UUID, mail: HandOverMail, now: datetime) -> None:
    """Queue the insert. The lock of the conversation is held, so the id is new."""
    conn.queue(INSERT, {"id": id_, "conversation": conversation, "now": now, **mail.model_dump()})


def repeat(conn: Connection, id_: UUID, now: datetime) -> None:
    """Queue a mail again that has failed."""
    conn.queue(REPEAT, {"id": id_, "now": now})
