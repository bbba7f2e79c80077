"""The SQL of summaries. It runs as the person, whose id is `mend.uid()`."""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from functions.companion.rules.context import MOST_MESSAGES, PastMessage, TokenCount
from shared.db import Connection, Result

MOST_LOADED = MOST_MESSAGES + 20  # messages: one after another may wait for its reply

BLOCKS: LiteralString = """
    SELECT s.id, s.until_position, s.messages, s.text, s.created_at FROM public.conversation_summaries AS s
    WHERE s.user_id = mend.uid() AND s.conversation_id = %(conversation)s
    ORDER BY s.until_position
"""
# What was said between two positions, without the first message of the conversation, which tells what the companion is.
MESSAGES: LiteralString = """
    SELECT m.position, m.role = 'user', array_to_string(m.parts, ''), m.danger IS NOT NULL OR m.support IS NOT NULL,
           m.attachments
    FROM public.conversation_messages AS m
    WHERE m.user_id = mend.uid() AND m.conversation_id = %(conversation)s
      AND m.position > %(after)s AND m.position <= %(until)s AND cardinality(m.parts) > 0
    ORDER BY m.position DESC
    LIMIT %(limit)s
"""
# Not if a later message is in a block already.
INSERT: LiteralString = """
    INSERT INTO public.conversation_summaries
        (user_id, id, conversation_id, until_position, messages, text, created_at)
    SELECT mend.uid(), %(id)s, %(conversation)s, %(until)s, %(messages)s, %(text)s, %(now)s
    WHERE NOT EXISTS (
        SELECT FROM public.conversation_summaries AS s
        WHERE s.user_id = mend.uid() AND s.conversation_id = %(conversation)s AND s.until_position >= %(until)s
    )
"""
SET_TEXT: LiteralString = """
    UPDATE public.conversation_summaries SET text = %(text)s, messages = %(messages)s, created_at = %(now)s
    WHERE user_id = mend.uid() AND id = %(id)s
"""
DELETE: LiteralString = "DELETE FROM public.conversation_summaries WHERE user_id = mend.uid() AND id = %(id)s"


# What the provider has counted for the latest reply that it counted.
LATEST_COUNT: LiteralString = """
    SELECT (m.receipt -> 'input_tokens')::integer AS tokens, (m.receipt -> 'input_bound')::integer AS bound
    FROM public.conversation_messages AS m
    WHERE m.user_id = mend.uid() AND m.conversation_id = %(conversation)s AND m.receipt -> 'estimated' = 'false'
      AND m.receipt ? 'input_bound'
    ORDER BY m.position DESC LIMIT 1
"""


class MessageBlock(NamedTuple):
    """Messages after the block before it, up to a position."""

    id: UUID
    until_position: int
    messages: int
    text: str | None  # None until it is summarised; empty if it is left out
    created_at: datetime


def queue_blocks(conn: Connection, conversation: UUID) -> Result[MessageBlock]:
    """The blocks of a conversation, the oldest first."""
    return conn.queue(BLOCKS, {"conversation": conversation}, MessageBlock)


def queue_count(conn: Connection, conversation: UUID) -> Result[TokenCount]:
    return conn.queue(LATEST_COUNT, {"conversation": conversation}, TokenCount)


async def load_blocks(conn: Connection, conversation: UUID) -> list[MessageBlock]:
    blocks = queue_blocks(conn, conversation)
    await conn.flush()
    return blocks.rows


async def load_messages(conn: Connection, conversation: UUID, after: int, until: int) -> list[PastMessage]:
    """The latest messages between two positions, in order."""
    params = {"conversation": conversation, "after": max(after, 1), "until": until, "limit": MOST_LOADED}
    return [PastMessage(*row) for row in (await conn.run(MESSAGES, params)).rows[::-1]]


def insert(conn: Connection, conversation: UUID, block: MessageBlock) -> None:
    conn.queue(
        INSERT,
        {
            "id": block.id,
            "conversation": conversation,
            "until": block.until_position,
            "messages": block.messages,
            "text": block.text,
            "now": block.created_at,
        },
    )


def set_text(conn: Connection, block: MessageBlock) -> None:
    row = {"id": block.id, "text": block.text, "messages": block.messages, "now": block.created_at}
    conn.queue(SET_TEXT, row)


def delete(conn: Connection, id_: UUID) -> None:
    conn.queue(DELETE, {"id": id_})
