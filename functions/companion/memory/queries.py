"""The SQL of memories. It runs as the person, whose id is `mend.uid()`."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from functions.companion.models import CompanionMemory
from shared.db import Connection

MAX_MEMORIES = 200

MEMORIES: LiteralString = """
    SELECT m.id, m.text, s.conversation_id, m.message_id, m.created_at
    FROM public.companion_memories AS m
    LEFT JOIN public.conversation_messages AS s ON s.user_id = m.user_id AND s.id = m.message_id
    WHERE m.user_id = mend.uid()
"""
MEMORY: LiteralString = MEMORIES + " AND m.id = %(id)s"
MEMORY_PAGE: LiteralString = (
    MEMORIES
    + """
      AND (m.created_at, m.id) < (%(before_time)s, %(before_id)s)
    ORDER BY m.created_at DESC, m.id DESC
    LIMIT %(limit)s
"""
)
IN_ORDER: LiteralString = MEMORIES + " ORDER BY m.created_at, m.id"
COUNT: LiteralString = "SELECT count(*) FROM public.companion_memories WHERE user_id = mend.uid()"
INSERT: LiteralString = """
    INSERT INTO public.companion_memories (user_id, id, text, message_id, created_at)
    VALUES (mend.uid(), %(id)s, %(text)s, %(message_id)s, %(now)s)
    ON CONFLICT (user_id, id) DO NOTHING
"""
CHANGE: LiteralString = (
    "UPDATE public.companion_memories SET text = %(text)s WHERE user_id = mend.uid() AND id = %(id)s"
)
DELETE: LiteralString = """
    DELETE FROM public.companion_memories WHERE user_id = mend.uid() AND id = %(id)s RETURNING id
"""


async def load(conn: Connection, id_: UUID) -> CompanionMemory | None:
    return (await conn.run(MEMORY, {"id": id_}, CompanionMemory)).first


async def load_page(conn: Connection, before: tuple[datetime, UUID], limit: int) -> list[CompanionMemory]:
    params = {"before_time": before[0], "before_id": before[1], "limit": limit}
    return (await conn.run(MEMORY_PAGE, params, CompanionMemory)).rows


async def load_all(conn: Connection) -> list[CompanionMemory]:
    """All memories, the oldest first."""
    return (await conn.run(IN_ORDER, None, CompanionMemory)).rows


async def count(conn: Connection) -> int:
    [(number,)] = (await conn.run(COUNT)).rows
    return int(number)


def insert(conn: Connection, id_: UUID, text: str, now: datetime, message_id: UUID | None) -> None:
    """Queue the insert. A memory that is there stays as it is."""
    conn.queue(INSERT, {"id": id_, "text": text, "message_id": message_id, "now": now})


def change(conn: Connection, id_: UUID, text: str) -> None:
    conn.queue(CHANGE, {"id": id_, "text": text})


async def delete(conn: Connection, id_: UUID) -> bool:
    return bool((await conn.run(DELETE, {"id": id_})).rows)
