"""The SQL of requests, which run as `mend_user`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb
from pydantic_core import to_json

from functions.recommend.models import Content, Interaction, SavedItem
from shared.ages import AgeBand
from shared.db import Connection, Result
from shared.ranking import picture_folder
from shared.ranking.person_knowledge import ShownLists

_COLUMNS: LiteralString = """
    SELECT c.id AS content_id, c.version, c.kind, c.title, c.body, c.steps, c.minutes, c.effort, c.fits,
    c.leads_valence, c.leads_arousal, c.tags, c.language, c.url, c.thumbnail_url, c.attribution, c.evidence,
    c.repeatable, c.id IN (SELECT mend.hidden_content()) AS hidden,
"""

# As a person sees it. A row `stored` is shown in their language, and has our own picture if it has none.
CONTENT_COLUMNS: LiteralString = (
    _COLUMNS + "coalesce(c.image_url, %(pictures)s || c.kind || '/' || c.fits[1] || '.svg') AS image_url"
)
IN_LANGUAGE: LiteralString = " CROSS JOIN LATERAL mend.in_language(stored, (SELECT mend.language())) AS c "

CONTENT_BY_ID: LiteralString = (
    CONTENT_COLUMNS
    + " FROM public.content AS stored"
    + IN_LANGUAGE
    + "WHERE stored.id = %(id)s AND stored.deleted_at IS NULL"
)

CONTENT_BY_ID_FOR_UPDATE: LiteralString = (
    _COLUMNS + "c.image_url FROM public.content AS c WHERE c.id = %(id)s AND c.deleted_at IS NULL FOR UPDATE OF c"
)

FORMER_VERSION: LiteralString = (
    CONTENT_COLUMNS
    + """
    FROM public.content_versions AS v
    CROSS JOIN LATERAL jsonb_populate_record(NULL::public.content, '{"steps": []}' || v.snapshot) AS stored
"""
    + IN_LANGUAGE
    + """
    WHERE v.content_id = %(id)s AND v.version = %(version)s
"""
)

INSERT_CONTENT: LiteralString = """
    INSERT INTO public.content (
        id, key, kind, title, body, steps, minutes, effort, fits, leads_valence, leads_arousal, tags, language, url,
        image_url, thumbnail_url, attribution, evidence, repeatable
    ) VALUES (
        %(content_id)s, %(key)s, %(kind)s, %(title)s, %(body)s, %(steps)s::text[], %(minutes)s, %(effort)s, %(fits)s,
        %(leads_valence)s, %(leads_arousal)s, %(tags)s, %(language)s, %(url)s, %(image_url)s, %(thumbnail_url)s,
        %(attribution)s, %(evidence)s, %(repeatable)s
    )
"""

# A translation of former words is removed.
UPDATE_CONTENT: LiteralString = """
    UPDATE public.content
    SET translations = CASE WHEN (title, body, steps) IS DISTINCT FROM (%(title)s, %(body)s, %(steps)s::text[])
                       THEN '{}' ELSE translations END,
        kind = %(kind)s, title = %(title)s, body = %(body)s, steps = %(steps)s::text[], minutes = %(minutes)s,
        effort = %(effort)s, fits = %(fits)s, leads_valence = %(leads_valence)s, leads_arousal = %(leads_arousal)s,
        tags = %(tags)s, language = %(language)s, url = %(url)s, image_url = %(image_url)s,
        thumbnail_url = %(thumbnail_url)s, attribution = %(attribution)s, evidence = %(evidence)s,
        repeatable = %(repeatable)s,
        version = %(version)s, updated_at = now()
    WHERE id = %(content_id)s
"""

DELETE_CONTENT: LiteralString = """
    UPDATE public.content SET deleted_at = now(), updated_at = now()
    WHERE id = %(id)s AND deleted_at IS NULL
    RETURNING id
"""

# Of several with one id the first valid one is inserted: its content exists, and was on the list, if it names one.
INSERT_INTERACTIONS: LiteralString = """
    INSERT INTO public.user_interactions (user_id, id, content_id, kind, recommendation_id, occurred_at)
    SELECT DISTINCT ON (n.id) mend.uid(), n.id, n.content_id, n.kind, n.recommendation_id, n.occurred_at
    FROM jsonb_to_recordset(%(interactions)s) AS n (
        position integer, id uuid, content_id uuid, kind text, recommendation_id uuid, occurred_at timestamptz
    )
    JOIN public.content AS c ON c.id = n.content_id AND c.deleted_at IS NULL
    WHERE n.recommendation_id IS NULL OR EXISTS (
        SELECT FROM public.recommendations AS r
        WHERE r.user_id = mend.uid() AND r.id = n.recommendation_id
          AND r.items @> jsonb_build_array(jsonb_build_object('content_id', n.content_id))
    )
    ORDER BY n.id, n.position
    ON CONFLICT (user_id, id) DO NOTHING
    RETURNING id
"""

INTERACTIONS: LiteralString = """
    SELECT id AS interaction_id, content_id, kind, recommendation_id, occurred_at
    FROM public.user_interactions
    WHERE user_id = mend.uid() AND id = ANY(%(ids)s)
"""

EXISTING_IDS: LiteralString = "SELECT id FROM public.content WHERE id = ANY(%(ids)s) AND deleted_at IS NULL"

INSERT_SAVED: LiteralString = """
    INSERT INTO public.saved_content (user_id, content_id, saved_at)
    SELECT mend.uid(), c.id, %(now)s FROM public.content AS c WHERE c.id = %(id)s AND c.deleted_at IS NULL
    ON CONFLICT DO NOTHING
    RETURNING content_id
"""

DELETE_SAVED: LiteralString = "DELETE FROM public.saved_content WHERE user_id = mend.uid() AND content_id = %(id)s"

SAVED_PAGE: LiteralString = (
    CONTENT_COLUMNS
    + """
    , s.saved_at
    FROM public.saved_content AS s
    JOIN public.content AS stored ON stored.id = s.content_id
"""
    + IN_LANGUAGE
    + """
    WHERE s.user_id = mend.uid()
      AND (s.saved_at, s.content_id) < (%(before_at)s, %(before_id)s)
      AND stored.deleted_at IS NULL
      AND stored.id NOT IN (SELECT mend.hidden_content())
    ORDER BY s.saved_at DESC, s.content_id DESC
    LIMIT %(limit)s
"""
)

# A mood of more than three days ago says nothing about the current one.
FEED_CONTEXT: LiteralString = """
    SELECT c.timezone, c.country, c.locale, e.id AS entry_id, e.mood, c.entry_id IS NOT NULL AS has_entries, c.in_care,
           c.safety_plan, c.question, c.question_variant, c.shown, c.planned, c.age_band
    FROM mend.feed_context(%(person)s, %(now)s) AS c
    LEFT JOIN public.mood_entries AS e
        ON e.user_id = %(person)s AND e.id = c.entry_id AND e.occurred_at > %(now)s - interval '3 days'
"""

INSERT_LIST: LiteralString = """
    INSERT INTO public.recommendations (user_id, id, mood_entry_id, query, items, created_at)
    VALUES (%(person)s, %(id)s, %(entry_id)s, %(query)s, %(items)s, %(now)s)
    ON CONFLICT DO NOTHING
"""

# The taste is read only if the person agrees to personalisation.
TASTE: LiteralString = """
    SELECT mend.has_consent(%(person)s, 'personalisation') AS granted, taste FROM mend.person_knowledge(%(person)s)
"""

# The kinds of those items that may be learned from.
CONTENT_KINDS: LiteralString = """
    SELECT id, kind FROM public.content WHERE id = ANY(%(ids)s) AND mend.may_learn_from(provider)
"""

UNWANTED_CONTENT: LiteralString = "SELECT mend.unwanted_content(mend.uid())"

STORE_TASTE: LiteralString = """
    INSERT INTO mend.person_learning (user_id, taste) VALUES (mend.uid(), %(taste)s)
    ON CONFLICT (user_id) DO UPDATE SET taste = excluded.taste
"""


class StoredTaste(NamedTuple):
    granted: bool  # whether the person agrees to personalisation
    taste: dict[str, Any] | None


class ContentKind(NamedTuple):
    id: UUID
    kind: str


class FeedContext(NamedTuple):
    """What a feed reads about the person beforehand."""

    timezone: str
    country: str | None
    locale: str | None
    entry_id: UUID | None  # of the latest check-in, if it is of the last three days
    mood: str | None
    has_entries: bool
    in_care: bool
    safety_plan: bool  # within a care period or with a question, whether the person has one
    question: str | None  # the code of what a review asks
    question_variant: int | None
    shown: ShownLists | None
    planned: list[UUID] | None  # the items of today's plan
    age_band: AgeBand | None  # within a care period or with a question


async def load_feed_context(conn: Connection, person: UUID, now: datetime) -> FeedContext:
    return (await conn.run(FEED_CONTEXT, {"person": person, "now": now}, FeedContext)).rows[0]


def insert_list(  # noqa: PLR0913, PLR0917 - the columns of one row
    conn: Connection,
    person: UUID,
    list_id: UUID,
    entry_id: UUID | None,
    query: Mapping[str, object],
    items: Jsonb,
    now: datetime,
) -> None:
    row = {"person": person, "id": list_id, "entry_id": entry_id, "query": Jsonb(dict(query)), "items": items}
    conn.queue(INSERT_LIST, {**row, "now": now})


async def load_content(conn: Connection, content_id: UUID, *, for_update: bool = False) -> Content | None:
    """The item as a person sees it, or as it is stored if it is read to be changed."""
    query = CONTENT_BY_ID_FOR_UPDATE if for_update else CONTENT_BY_ID
    return (await conn.run(query, {"id": content_id, "pictures": picture_folder()}, Content)).first


async def load_former_version(conn: Connection, content_id: UUID, version: int) -> Content | None:
    params = {"id": content_id, "version": version, "pictures": picture_folder()}
    return (await conn.run(FORMER_VERSION, params, Content)).first


def insert_content(conn: Connection, content: Content, key: str) -> None:
    conn.queue(INSERT_CONTENT, {**_columns(content), "key": key})


def update_content(conn: Connection, content: Content) -> None:
    conn.queue(UPDATE_CONTENT, _columns(content))


def _columns(content: Content) -> dict[str, Any]:
    evidence = content.evidence and Jsonb(content.evidence.model_dump())
    return {**content.model_dump(), "evidence": evidence}


async def delete_content(conn: Connection, content_id: UUID) -> bool:
    return (await conn.run(DELETE_CONTENT, {"id": content_id})).first is not None


def insert_interactions(conn: Connection, rows: Sequence[Mapping[str, object]]) -> Result[TupleRow]:
    """The result has the ids of the new ones."""
    return conn.queue(INSERT_INTERACTIONS, {"interactions": Jsonb(rows, to_json)})


async def load_interactions(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, Interaction]:
    rows = (await conn.run(INTERACTIONS, {"ids": list(ids)}, Interaction)).rows
    return {row.interaction_id: row for row in rows}


async def load_existing_ids(conn: Connection, ids: Iterable[UUID]) -> set[UUID]:
    return {id_ for (id_,) in (await conn.run(EXISTING_IDS, {"ids": list(ids)})).rows}


def insert_saved(conn: Connection, content_id: UUID, now: datetime) -> Result[TupleRow]:
    """The result has a row if the content is newly saved. Does nothing if there is no such content."""
    return conn.queue(INSERT_SAVED, {"id": content_id, "now": now})


def delete_saved(conn: Connection, content_id: UUID) -> None:
    conn.queue(DELETE_SAVED, {"id": content_id})


async def load_saved_page(conn: Connection, before: tuple[datetime, UUID], limit: int) -> list[SavedItem]:
    params = {"before_at": before[0], "before_id": before[1], "limit": limit, "pictures": picture_folder()}
    return (await conn.run(SAVED_PAGE, params, SavedItem)).rows


def queue_taste(conn: Connection, person: UUID) -> Result[StoredTaste]:
    return conn.queue(TASTE, {"person": person}, StoredTaste)


def queue_content_kinds(conn: Connection, content_ids: Sequence[UUID]) -> Result[ContentKind]:
    return conn.queue(CONTENT_KINDS, {"ids": list(content_ids)}, ContentKind)


async def load_unwanted_content(conn: Connection) -> list[UUID]:
    return [content_id for (content_id,) in (await conn.run(UNWANTED_CONTENT)).rows]


def store_taste(conn: Connection, taste: Mapping[str, object]) -> None:
    conn.queue(STORE_TASTE, {"taste": Jsonb(taste, to_json)})
