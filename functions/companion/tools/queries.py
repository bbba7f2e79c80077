"""The SQL of tools. It runs as the person, whose id is `mend.uid()`."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from functions.companion.models import StoredToolCall
from shared.db import Connection

# The names of the columns are those that a model reads.
PLAN_OF_DAY: LiteralString = """
    SELECT coalesce(c.translations -> mend.language() ->> 'title', a.title) AS title, a.kind, a.minutes, a.slot,
           a.status
    FROM public.elevation_plans AS e
    JOIN public.plan_days AS d ON d.user_id = e.user_id AND d.plan_id = e.id
    JOIN public.plan_activities AS a ON a.user_id = d.user_id AND a.plan_id = d.plan_id AND a.day = d.day
    LEFT JOIN public.content AS c ON c.id = a.content_id AND c.deleted_at IS NULL
    WHERE e.user_id = mend.uid() AND e.status = 'active' AND d.local_date = %(day)s AND a.status <> 'cancelled'
    ORDER BY a.position
"""
MOODS: LiteralString = """
    SELECT local_date AS date, mood, intensity FROM public.mood_entries
    WHERE user_id = mend.uid() AND local_date >= %(first)s AND local_date <= %(last)s
    ORDER BY occurred_at DESC, id DESC
    LIMIT %(limit)s
"""
# What lifted the mood more often than expected, by `shared.ranking.beliefs`, without what the person has hidden.
HELPED: LiteralString = """
    SELECT coalesce(c.translations -> mend.language() ->> 'title', c.title) AS title, c.kind,
           (b.belief ->> 2)::float8::integer AS times_done, (b.belief ->> 3)::float8::integer AS times_better
    FROM mend.person_knowledge(mend.uid()) AS k
    CROSS JOIN LATERAL json_each(k.beliefs -> 'contents') AS b (content_id, belief)
    JOIN public.content AS c ON c.id = b.content_id::uuid AND c.deleted_at IS NULL
    WHERE (b.belief ->> 3)::float8 > 0 AND NOT coalesce((k.taste -> 'hidden')::jsonb ? b.content_id, false)
    ORDER BY (b.belief ->> 0)::float8 DESC, c.id
    LIMIT %(limit)s
"""
# It renews the lease, too.
APPEND_CALLS: LiteralString = """
    UPDATE public.conversation_messages SET tool_calls = tool_calls || %(calls)s, alive_until = %(alive_until)s
    WHERE user_id = mend.uid() AND id = %(id)s AND alive_until >= %(now)s AND NOT cancel_requested
    RETURNING tool_calls
"""
HAS_SUPPORT: LiteralString = """
    SELECT EXISTS (
        SELECT FROM public.conversation_messages
        WHERE user_id = mend.uid() AND conversation_id = %(conversation)s AND support IS NOT NULL
    )
"""
REMEMBERS: LiteralString = "SELECT companion_remembers FROM public.user_profiles WHERE user_id = mend.uid()"


class PlannedActivity(NamedTuple):
    title: str
    kind: str
    minutes: int
    slot: str
    status: str


class RecordedMood(NamedTuple):
    date: date
    mood: str
    intensity: int


class HelpfulPractice(NamedTuple):
    title: str
    kind: str
    times_done: int
    times_better: int


async def load_plan(conn: Connection, day: date) -> list[PlannedActivity]:
    return (await conn.run(PLAN_OF_DAY, {"day": day}, PlannedActivity)).rows


async def load_moods(conn: Connection, first: date, last: date, limit: int) -> list[RecordedMood]:
    """The moods of these days, the latest first."""
    return (await conn.run(MOODS, {"first": first, "last": last, "limit": limit}, RecordedMood)).rows


async def load_helpful(conn: Connection, limit: int) -> list[HelpfulPractice]:
    """What helped the person, the most helpful first. Nothing without their consent to personalisation."""
    return (await conn.run(HELPED, {"limit": limit}, HelpfulPractice)).rows


async def has_support(conn: Connection, conversation: UUID) -> bool:
    """Whether support was offered in a conversation."""
    [(has_some,)] = (await conn.run(HAS_SUPPORT, {"conversation": conversation})).rows
    return bool(has_some)


async def load_remembers(conn: Connection) -> bool:
    """Whether the person has said yes to all that the companion proposes to remember."""
    rows: list[Any] = (await conn.run(REMEMBERS)).rows
    return bool(rows and rows[0][0])


async def append_calls(
    conn: Connection, id_: UUID, calls: Sequence[StoredToolCall], now: datetime, alive_until: datetime
) -> list[dict[str, Any]] | None:
    """Add calls to a reply. Returns all of them, or None if the reply has to stop."""
    dumped = [call.model_dump(mode="json", exclude_unset=True) for call in calls]
    row = {"id": id_, "calls": Jsonb(dumped), "now": now, "alive_until": alive_until}
    rows = (await conn.run(APPEND_CALLS, row)).rows
    return rows[0][0] if rows else None
