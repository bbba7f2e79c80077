"""The SQL of `companion`. It runs as the person, whose id is `mend.uid()`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from functions.companion.models import Conversation, MessageStatus, ModuleName, Rating, ReplyReceipt, StoredToolCall
from shared.db import Connection, Result

ALIVE = timedelta(seconds=10)  # within which the process of a reply renews its lease

CONVERSATIONS: LiteralString = """
    SELECT c.id, c.module, c.mode, c.title, c.created_at, c.changed_at
    FROM public.conversations AS c
    WHERE c.user_id = mend.uid()
"""
CONVERSATION: LiteralString = CONVERSATIONS + " AND c.id = %(id)s"
LOCK_CONVERSATION: LiteralString = CONVERSATION + " FOR UPDATE OF c"
CONVERSATION_PAGE: LiteralString = (
    CONVERSATIONS
    + """
      AND (c.changed_at, c.id) < (%(before_time)s, %(before_id)s)
    ORDER BY c.changed_at DESC, c.id DESC
    LIMIT %(limit)s
"""
)
INSERT_CONVERSATION: LiteralString = """
    INSERT INTO public.conversations
        (user_id, id, module, mode, title, created_at, changed_at, disclosed_at, used_since)
    VALUES (mend.uid(), %(id)s, %(module)s, %(mode)s, %(title)s, %(now)s, %(now)s, %(now)s, %(now)s)
    RETURNING id, module, mode, title, created_at, changed_at
"""
CHANGE_CONVERSATION: LiteralString = """
    UPDATE public.conversations SET title = coalesce(%(title)s, title, %(first_words)s), changed_at = %(now)s
    WHERE user_id = mend.uid() AND id = %(id)s
    RETURNING id, module, mode, title, created_at, changed_at
"""
DELETE_CONVERSATION: LiteralString = """
    DELETE FROM public.conversations WHERE user_id = mend.uid() AND id = %(id)s RETURNING id
"""
# A reply whose lease has expired is partial: its process has died.
MESSAGES: LiteralString = """
    SELECT m.id, m.conversation_id, m.position, m.role, m.parts, m.answers, m.failure, m.support, m.receipt,
           m.danger, m.tool_calls, m.attachments, m.rating, m.rating_reason, m.created_at,
           (SELECT c.module FROM public.conversations AS c WHERE c.user_id = m.user_id AND c.id = m.conversation_id)
               AS module,
           CASE WHEN m.replaced_at IS NOT NULL THEN 'replaced' WHEN m.alive_until < %(now)s THEN 'partial'
                ELSE m.status END AS status
    FROM public.conversation_messages AS m
    WHERE m.user_id = mend.uid()
"""
MESSAGE: LiteralString = MESSAGES + " AND m.id = %(id)s"
REPLY_TO: LiteralString = MESSAGES + " AND m.answers = %(id)s AND m.replaced_at IS NULL"
LATEST_DANGER: LiteralString = """
    SELECT m.danger, m.support, m.created_at FROM public.conversation_messages AS m
    WHERE m.user_id = mend.uid() AND m.conversation_id = %(conversation)s AND m.danger IS NOT NULL
    ORDER BY m.position DESC LIMIT 1
"""
# The latest two messages of the person after the last reply with support.
UNANSWERED_WORDS: LiteralString = """
    SELECT array_to_string(m.parts, '') FROM public.conversation_messages AS m
    WHERE m.user_id = mend.uid() AND m.conversation_id = %(conversation)s AND m.role = 'user'
      AND m.replaced_at IS NULL
      AND m.position > coalesce((
          SELECT max(s.position) FROM public.conversation_messages AS s
          WHERE s.user_id = mend.uid() AND s.conversation_id = %(conversation)s AND s.support IS NOT NULL
      ), 0)
    ORDER BY m.position DESC
    LIMIT 2
"""
MESSAGE_PAGE: LiteralString = (
    MESSAGES
    + """
      AND m.conversation_id = %(conversation)s AND m.position < %(before)s AND m.replaced_at IS NULL
    ORDER BY m.position DESC LIMIT %(limit)s
"""
)
INSERT_MESSAGE: LiteralString = """
    INSERT INTO public.conversation_messages
        (user_id, id, conversation_id, position, role, parts, answers, status, alive_until, support, danger,
         held, attachments, created_at)
    SELECT mend.uid(), %(id)s, %(conversation)s, coalesce(max(m.position), 0) + 1, %(role)s, %(parts)s, %(answers)s,
           %(status)s, %(alive_until)s, %(support)s, %(danger)s, %(held)s,
           %(attachments)s::uuid[], %(now)s
    FROM public.conversation_messages AS m
    WHERE m.user_id = mend.uid() AND m.conversation_id = %(conversation)s
"""
COUNT_UNFINISHED: LiteralString = """
    SELECT count(*) FROM public.conversation_messages
    WHERE user_id = mend.uid() AND conversation_id = %(conversation)s AND alive_until >= %(now)s
"""
CANCEL_ALL: LiteralString = """
    UPDATE public.conversation_messages SET cancel_requested = true
    WHERE user_id = mend.uid() AND conversation_id = %(conversation)s AND alive_until >= %(now)s
"""
CANCEL: LiteralString = """
    UPDATE public.conversation_messages SET cancel_requested = true
    WHERE user_id = mend.uid() AND id = %(id)s AND alive_until >= %(now)s
"""
# Renew the lease of a reply, unless its model or a prompt was switched off. It is its turn when no reply before it is
# unfinished.
RENEW: LiteralString = """
    UPDATE public.conversation_messages AS m
    SET alive_until = %(alive_until)s,
        status = CASE WHEN EXISTS (
            SELECT FROM public.conversation_messages AS e
            WHERE e.user_id = mend.uid() AND e.conversation_id = m.conversation_id
              AND e.position < m.position AND e.alive_until >= %(now)s
        ) THEN 'queued' ELSE 'running' END
    WHERE m.user_id = mend.uid() AND m.id = %(id)s AND m.alive_until >= %(now)s AND NOT m.cancel_requested
      AND NOT EXISTS (SELECT FROM mend.switched_off(%(switches)s))
    RETURNING m.status
"""
# It renews the lease, too.
APPEND: LiteralString = """
    UPDATE public.conversation_messages SET parts = parts || %(parts)s::text[], alive_until = %(alive_until)s
    WHERE user_id = mend.uid() AND id = %(id)s AND alive_until >= %(now)s AND NOT cancel_requested
    RETURNING id
"""
FINISH: LiteralString = """
    UPDATE public.conversation_messages
    SET status = CASE WHEN cancel_requested THEN 'cancelled' ELSE %(status)s END,
        failure = CASE WHEN cancel_requested THEN NULL ELSE %(failure)s END,
        receipt = %(receipt)s,
        alive_until = NULL
    WHERE user_id = mend.uid() AND id = %(id)s AND alive_until >= %(now)s
    RETURNING id
"""


class MessageRow(NamedTuple):
    id: UUID
    conversation_id: UUID
    position: int
    role: str
    parts: list[str]
    answers: UUID | None
    failure: str | None
    support: dict[str, Any] | None
    receipt: dict[str, Any] | None
    danger: dict[str, Any] | None
    tool_calls: list[dict[str, Any]]
    attachments: list[UUID]
    rating: Rating | None
    rating_reason: str | None
    created_at: datetime
    module: ModuleName  # of the conversation
    status: MessageStatus

    @property
    def text(self) -> str:
        return "".join(self.parts)

    @property
    def tools(self) -> list[StoredToolCall]:
        return [StoredToolCall.model_validate(each) for each in self.tool_calls]

    @property
    def has_ended(self) -> bool:
        return self.status not in {"queued", "running"}


def unstored_message(  # noqa: PLR0913 - one row
    conversation: UUID,
    id_: UUID,
    parts: list[str],
    now: datetime,
    *,
    answers: UUID | None = None,
    support: dict[str, Any] | None = None,
) -> MessageRow:
    """A message that is complete and is stored nowhere. Without `answers` it is one of the person."""
    return MessageRow(
        id=id_,
        conversation_id=conversation,
        position=0,
        role="assistant" if answers else "user",
        parts=parts,
        answers=answers,
        failure=None,
        support=support,
        receipt=None,
        danger=None,
        tool_calls=[],
        attachments=[],
        rating=None,
        rating_reason=None,
        created_at=now,
        module="companion",
        status="done",
    )


class DangerRow(NamedTuple):
    danger: dict[str, Any]
    support: dict[str, Any]
    created_at: datetime


async def load_conversation(conn: Connection, id_: UUID) -> Conversation | None:
    return (await conn.run(CONVERSATION, {"id": id_}, Conversation)).first


async def lock_conversation(conn: Connection, id_: UUID) -> Conversation | None:
    """The conversation. Until the transaction ends, no other one adds messages to it."""
    return (await conn.run(LOCK_CONVERSATION, {"id": id_}, Conversation)).first


async def load_conversations(conn: Connection, before: tuple[datetime, UUID], limit: int) -> list[Conversation]:
    params = {"before_time": before[0], "before_id": before[1], "limit": limit}
    return (await conn.run(CONVERSATION_PAGE, params, Conversation)).rows


async def insert_conversation(conn: Connection, row: dict[str, Any]) -> Conversation:
    [conversation] = (await conn.run(INSERT_CONVERSATION, row, Conversation)).rows
    return conversation


async def change_conversation(
    conn: Connection, id_: UUID, now: datetime, *, title: str | None = None, first_words: str | None = None
) -> Conversation | None:
    """Set the title, or name a conversation without one by its first words."""
    params = {"id": id_, "title": title, "first_words": first_words, "now": now}
    return (await conn.run(CHANGE_CONVERSATION, params, Conversation)).first


async def delete_conversation(conn: Connection, id_: UUID) -> bool:
    return bool((await conn.run(DELETE_CONVERSATION, {"id": id_})).rows)


async def load_message(conn: Connection, id_: UUID, now: datetime) -> MessageRow | None:
    return (await conn.run(MESSAGE, {"id": id_, "now": now}, MessageRow)).first


async def load_question(conn: Connection, reply: MessageRow, now: datetime) -> str:
    """The words that a reply answers."""
    message = await load_message(conn, reply.answers, now) if reply.answers else None
    return message.text if message else ""


async def load_reply_to(conn: Connection, id_: UUID, now: datetime) -> MessageRow | None:
    return (await conn.run(REPLY_TO, {"id": id_, "now": now}, MessageRow)).first


async def load_latest_danger(conn: Connection, conversation: UUID) -> DangerRow | None:
    """The latest reply of the state machine."""
    return (await conn.run(LATEST_DANGER, {"conversation": conversation}, DangerRow)).first


async def load_unanswered_words(conn: Connection, conversation: UUID) -> list[str]:
    """The latest messages of the person since the last support, in order."""
    rows = (await conn.run(UNANSWERED_WORDS, {"conversation": conversation})).rows
    return [text for (text,) in rows[::-1]]


async def load_messages(
    conn: Connection, conversation: UUID, before: int, limit: int, now: datetime
) -> list[MessageRow]:
    params = {"conversation": conversation, "before": before, "limit": limit, "now": now}
    return (await conn.run(MESSAGE_PAGE, params, MessageRow)).rows


def insert_message(  # noqa: PLR0913 - one row
    conn: Connection,
    conversation: UUID,
    id_: UUID,
    parts: Sequence[str],
    now: datetime,
    *,
    answers: UUID | None = None,
    role: str = "assistant",
    status: str = "done",
    support: dict[str, Any] | None = None,
    danger: dict[str, Any] | None = None,
    held: bool = False,
    attachments: Sequence[UUID] = (),
) -> None:
    row = {
        "conversation": conversation,
        "id": id_,
        "role": role,
        "parts": list(parts),
        "answers": answers,
        "status": status,
        "alive_until": now + ALIVE if status == "queued" else None,
        "support": Jsonb(support) if support else None,
        "danger": Jsonb(danger) if danger else None,
        "held": held,
        "attachments": list(attachments),
        "now": now,
    }
    conn.queue(INSERT_MESSAGE, row)


async def count_unfinished(conn: Connection, conversation: UUID, now: datetime) -> int:
    [(count,)] = (await conn.run(COUNT_UNFINISHED, {"conversation": conversation, "now": now})).rows
    return int(count)


def cancel_all(conn: Connection, conversation: UUID, now: datetime) -> None:
    conn.queue(CANCEL_ALL, {"conversation": conversation, "now": now})


def cancel(conn: Connection, id_: UUID, now: datetime) -> None:
    conn.queue(CANCEL, {"id": id_, "now": now})


async def renew(conn: Connection, id_: UUID, switches: Sequence[str], now: datetime) -> str | None:
    """Renew the lease of a reply. Returns whether it is `queued` or `running`, or None if it has to stop.

    It has to if one of the switches is off.
    """
    params = {"id": id_, "switches": list(switches), "now": now, "alive_until": now + ALIVE}
    rows = (await conn.run(RENEW, params)).rows
    return str(rows[0][0]) if rows else None


def append(conn: Connection, id_: UUID, parts: Sequence[str], now: datetime) -> Result[TupleRow]:
    """Queue an addition to a reply, which renews its lease. It has no row if the reply has to stop."""
    return conn.queue(APPEND, {"id": id_, "parts": list(parts), "now": now, "alive_until": now + ALIVE})


def finish(  # noqa: PLR0913, PLR0917 - the columns that an end sets
    conn: Connection, id_: UUID, status: str, failure: str | None, receipt: ReplyReceipt | None, now: datetime
) -> Result[TupleRow]:
    """Queue the end of a reply. It has no row if the reply has ended before."""
    row = {"id": id_, "status": status, "failure": failure, "now": now}
    return conn.queue(FINISH, row | {"receipt": Jsonb(receipt.model_dump(mode="json")) if receipt else None})
