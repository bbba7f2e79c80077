"""The SQL of a review. It runs as the person whose note is read, so it reaches nobody else's."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import LiteralString, NamedTuple
from uuid import UUID

from shared.db import Connection

ASKED_WITHIN = timedelta(hours=24)  # as `mend.open_question`
MAX_EARLIER = 10  # entries of the week

# The latest of the entries that has a note, unless it was asked about, is too old, or the person is in a care period.
# Its words are as old as its moment or its last edit, and were there when the event was sent.
OPEN_ENTRY: LiteralString = """
    SELECT e.id, e.mood, e.note, e.factors, e.occurred_at, w.written_at
    FROM public.mood_entries AS e
    CROSS JOIN LATERAL (SELECT least(greatest(e.occurred_at, e.edited_at), %(sent_at)s) AS written_at) AS w
    WHERE e.user_id = mend.uid() AND e.id = ANY(%(ids)s) AND e.note <> '' AND w.written_at > %(after)s
      AND NOT mend.in_care(%(now)s)
      AND NOT EXISTS (SELECT FROM public.review_questions AS q WHERE q.user_id = mend.uid() AND q.entry_id = e.id)
    ORDER BY w.written_at DESC, e.id DESC LIMIT 1
"""
WEEK: LiteralString = """
    SELECT e.mood, left(e.note, 500) AS note, e.occurred_at FROM public.mood_entries AS e
    WHERE e.user_id = mend.uid() AND e.id <> %(id)s
      AND e.occurred_at BETWEEN %(until)s - interval '7 days' AND %(until)s
    ORDER BY e.occurred_at DESC, e.id DESC LIMIT %(limit)s
"""
# Its lock keeps the entry until the question is stored.
MAY_ASK: LiteralString = """
    SELECT 1 FROM public.mood_entries AS e
    WHERE e.user_id = mend.uid() AND e.id = %(id)s
      AND NOT EXISTS (SELECT FROM public.review_questions AS q WHERE q.user_id = mend.uid() AND q.entry_id = e.id)
    FOR KEY SHARE
"""
INSERT_QUESTION: LiteralString = """
    INSERT INTO public.review_questions (user_id, entry_id, code, variant, written_at, asked_at)
    VALUES (mend.uid(), %(entry_id)s, %(code)s, %(variant)s, %(written_at)s, %(now)s)
"""


class OpenEntry(NamedTuple):
    id: UUID
    mood: str
    note: str
    factors: list[str]
    occurred_at: datetime
    written_at: datetime


class EarlierEntry(NamedTuple):
    mood: str
    note: str | None  # its beginning
    occurred_at: datetime


async def load_open_entry(conn: Connection, ids: Sequence[UUID], sent_at: datetime, now: datetime) -> OpenEntry | None:
    params = {"ids": list(ids), "sent_at": sent_at, "after": now - ASKED_WITHIN, "now": now}
    return (await conn.run(OPEN_ENTRY, params, OpenEntry)).first


async def load_week(conn: Connection, entry: OpenEntry) -> list[EarlierEntry]:
    """The entries of the seven days before an entry, the latest first."""
    params = {"id": entry.id, "until": entry.occurred_at, "limit": MAX_EARLIER}
    return (await conn.run(WEEK, params, EarlierEntry)).rows


async def may_ask(conn: Connection, entry_id: UUID) -> bool:
    """Whether the entry is there, and was not asked about. The caller has locked the person's questions."""
    return bool((await conn.run(MAY_ASK, {"id": entry_id})).rows)


def insert_question(conn: Connection, entry: OpenEntry, code: str, variant: int, now: datetime) -> None:
    row = {"entry_id": entry.id, "code": code, "variant": variant, "written_at": entry.written_at, "now": now}
    conn.queue(INSERT_QUESTION, row)
