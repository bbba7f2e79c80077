"""The SQL of insights as the person, whose id is `mend.uid()`."""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from functions.insights.records import InsightRow
from shared import people
from shared.db import Connection

# While care is on, nothing new is told. Nothing is told about a factor or a measure that the person hides: settings
# name both in small letters, as `shared.factors.factor_name` does.
INSIGHTS: LiteralString = """
    SELECT i.user_id, i.id, i.kind, i.about, i.names, i.outcome, i.lag, i.unit, i.effect, i.effect_sd, i.low, i.high,
           i.level, i.adjusted_p, i.n_with, i.n_without, i.n_effective, i.first_day, i.last_day, i.forgets_tags,
           i.method_version, i.status, i.useful, i.found_at, i.estimated_at, i.expires_at, i.replaced_by
    FROM public.insights AS i
    WHERE i.user_id = mend.uid() AND NOT (i.status = 'new' AND mend.in_care(%(now)s))
      AND NOT EXISTS (
          SELECT FROM public.insight_factors AS f
          WHERE f.user_id = i.user_id AND f.hidden AND i.kind IN ('factor', 'measure')
            AND f.factor IN (i.about, lower(normalize(replace(i.about, 'ß', 'ss'), NFKC)))
      )
"""
INSIGHT: LiteralString = INSIGHTS + " AND i.id = %(id)s"
INSIGHT_PAGE: LiteralString = (
    INSIGHTS
    + """
      AND (i.found_at, i.id) < (%(before_time)s, %(before_id)s) AND (%(status)s::text IS NULL OR i.status = %(status)s)
    ORDER BY i.found_at DESC, i.id DESC
    LIMIT %(limit)s
"""
)
LOCK_INSIGHT: LiteralString = INSIGHT + " FOR UPDATE OF i"
CONTENT_TITLES: LiteralString = "SELECT id, title FROM public.content WHERE id = ANY(%(ids)s) AND deleted_at IS NULL"
STORE_ANSWER: LiteralString = """
    UPDATE public.insights SET status = %(status)s, useful = %(useful)s WHERE user_id = mend.uid() AND id = %(id)s
"""
IS_DUE: LiteralString = """
    SELECT 1 FROM mend.insight_people WHERE user_id = mend.uid() AND due_at IS NOT NULL
"""


class TitleRow(NamedTuple):
    id: UUID
    title: str


async def insight_page(
    conn: Connection, status: str | None, before: tuple[datetime, UUID], limit: int, now: datetime
) -> list[InsightRow]:
    """Insights before a keyset of time and id, newest first."""
    params = {"status": status, "before_time": before[0], "before_id": before[1], "limit": limit, "now": now}
    return (await conn.run(INSIGHT_PAGE, params, InsightRow)).rows


async def load_insight(conn: Connection, id_: UUID, now: datetime) -> InsightRow | None:
    return (await conn.run(INSIGHT, {"id": id_, "now": now}, InsightRow)).first


async def load_insight_locked(conn: Connection, id_: UUID, now: datetime) -> InsightRow | None:
    return (await conn.run(LOCK_INSIGHT, {"id": id_, "now": now}, InsightRow)).first


async def load_titles(conn: Connection, person: UUID, ids: list[UUID]) -> tuple[str, dict[UUID, str]]:
    """The person's locale, and the titles of content by id."""
    profiles = people.queue_profiles(conn, [person])
    titles = (await conn.run(CONTENT_TITLES, {"ids": ids}, TitleRow)).rows
    [profile] = profiles.rows
    return profile.locale, {row.id: row.title for row in titles}


def store_answer(conn: Connection, insight: InsightRow) -> None:
    """Store the status and whether it was useful."""
    conn.queue(STORE_ANSWER, {"id": insight.id, "status": insight.status, "useful": insight.useful})


async def is_due(conn: Connection) -> bool:
    """Whether something is new that no insight tells yet."""
    return bool((await conn.run(IS_DUE)).rows)
