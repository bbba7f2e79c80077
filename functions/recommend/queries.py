"""What `recommend` asks of Postgres, as the person."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb
from pydantic import Field
from pydantic_core import to_json

from functions.recommend.models import CatalogueQuery, Content, Interaction, SavedItem
from shared.db import Connection, Result

CONTENT: LiteralString = """
    SELECT c.id AS content_id, c.version, c.kind, c.title, c.body, c.minutes, c.effort, c.fits, c.leads_valence,
           c.leads_arousal, c.tags, c.language, c.url, c.image_url, c.thumbnail_url, c.attribution, c.evidence,
           c.repeatable, c.id IN (SELECT mend.hidden_content()) AS hidden
"""

ONE: LiteralString = CONTENT + " FROM public.content AS c WHERE c.id = %(id)s AND c.deleted_at IS NULL"

ONE_TO_CHANGE: LiteralString = ONE + " FOR UPDATE OF c"

FORMER: LiteralString = (
    CONTENT
    + """
    FROM public.content_versions AS v
    CROSS JOIN LATERAL jsonb_populate_record(NULL::public.content, v.snapshot) AS c
    WHERE v.content_id = %(id)s AND v.version = %(version)s
"""
)

# Without words to look for, the best evidence first. What the person has hidden is left out.
BROWSE: LiteralString = (
    CONTENT
    + """
    , c.effect AS rank
    FROM public.content AS c
    WHERE c.deleted_at IS NULL
      AND (c.effect, c.id) < (%(rank)s::float8, %(id)s)
      AND (%(kind)s::text IS NULL OR c.kind = %(kind)s)
      AND (%(mood)s::text IS NULL OR %(mood)s = ANY (c.fits))
      AND c.id NOT IN (SELECT mend.hidden_content())
    ORDER BY c.effect DESC, c.id DESC
    LIMIT %(limit)s
"""
)

SEARCH: LiteralString = (
    CONTENT
    + """
    , found.rank
    FROM mend.search_content(%(q)s) AS found
    JOIN public.content AS c ON c.id = found.id
    WHERE (found.rank, found.id) < (%(rank)s::float8, %(id)s)
      AND (%(kind)s::text IS NULL OR c.kind = %(kind)s)
      AND (%(mood)s::text IS NULL OR %(mood)s = ANY (c.fits))
    ORDER BY found.rank DESC, found.id DESC
    LIMIT %(limit)s
"""
)

CREATE: LiteralString = """
    INSERT INTO public.content (
        id, key, kind, title, body, minutes, effort, fits, leads_valence, leads_arousal, tags, language, url,
        image_url, thumbnail_url, attribution, evidence, repeatable
    ) VALUES (
        %(content_id)s, %(key)s, %(kind)s, %(title)s, %(body)s, %(minutes)s, %(effort)s, %(fits)s, %(leads_valence)s,
        %(leads_arousal)s, %(tags)s, %(language)s, %(url)s, %(image_url)s, %(thumbnail_url)s, %(attribution)s,
        %(evidence)s, %(repeatable)s
    )
"""

CHANGE: LiteralString = """
    UPDATE public.content
    SET kind = %(kind)s, title = %(title)s, body = %(body)s, minutes = %(minutes)s, effort = %(effort)s,
        fits = %(fits)s, leads_valence = %(leads_valence)s, leads_arousal = %(leads_arousal)s, tags = %(tags)s,
        language = %(language)s, url = %(url)s, image_url = %(image_url)s, thumbnail_url = %(thumbnail_url)s,
        attribution = %(attribution)s, evidence = %(evidence)s, repeatable = %(repeatable)s,
        version = %(version)s, updated_at = now()
    WHERE id = %(content_id)s
"""

DELETE: LiteralString = """
    UPDATE public.content SET deleted_at = now(), updated_at = now()
    WHERE id = %(id)s AND deleted_at IS NULL
    RETURNING id
"""

# Of several with one id the first that is valid counts: its content is there, and it was on the list it names.
ADD_INTERACTIONS: LiteralString = """
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

KNOWN: LiteralString = "SELECT id FROM public.content WHERE id = ANY(%(ids)s) AND deleted_at IS NULL"

SAVE: LiteralString = """
    INSERT INTO public.saved_content (user_id, content_id, saved_at)
    SELECT mend.uid(), c.id, %(now)s FROM public.content AS c WHERE c.id = %(id)s AND c.deleted_at IS NULL
    ON CONFLICT DO NOTHING
    RETURNING content_id
"""

UNSAVE: LiteralString = "DELETE FROM public.saved_content WHERE user_id = mend.uid() AND content_id = %(id)s"

SAVED: LiteralString = (
    CONTENT
    + """
    , s.saved_at
    FROM public.saved_content AS s
    JOIN public.content AS c ON c.id = s.content_id
    WHERE s.user_id = mend.uid()
      AND (s.saved_at, s.content_id) < (%(before_at)s, %(before_id)s)
      AND c.deleted_at IS NULL
      AND c.id NOT IN (SELECT mend.hidden_content())
    ORDER BY s.saved_at DESC, s.content_id DESC
    LIMIT %(limit)s
"""
)


FEED_CONTEXT: LiteralString = """
    SELECT timezone, country, entry_id, mood, notes, factors FROM mend.feed_context(%(person)s, %(lately)s)
"""

SHOW: LiteralString = """
    INSERT INTO public.recommendations (user_id, id, mood_entry_id, asked, items, created_at)
    VALUES (%(person)s, %(id)s, %(entry_id)s, %(asked)s, %(items)s, %(now)s)
    ON CONFLICT DO NOTHING
"""

TASTE: LiteralString = "SELECT taste FROM mend.learned WHERE user_id = %(person)s"

KINDS: LiteralString = "SELECT id, kind FROM public.content WHERE id = ANY(%(ids)s)"

UNWANTED: LiteralString = "SELECT mend.unwanted_content(mend.uid())"

KEEP_TASTE: LiteralString = """
    INSERT INTO mend.learned (user_id, taste) VALUES (mend.uid(), %(taste)s)
    ON CONFLICT (user_id) DO UPDATE SET taste = excluded.taste
"""


class RankedContent(Content):
    rank: float = Field(exclude=True)  # its place in the list, which no answer shows


class StoredTaste(NamedTuple):
    taste: dict[str, Any] | None


class ContentKind(NamedTuple):
    id: UUID
    kind: str


class FeedContext(NamedTuple):
    """What a feed must know of the person beforehand."""

    timezone: str
    country: str | None
    entry_id: UUID | None  # of the latest check-in
    mood: str | None
    notes: list[str]  # of late
    factors: list[str]


async def feed_context(conn: Connection, person: UUID, lately: datetime) -> FeedContext:
    [context] = (await conn.run(FEED_CONTEXT, {"person": person, "lately": lately}, FeedContext)).rows
    return context


def show(  # noqa: PLR0913, PLR0917 - the columns of one row
    conn: Connection,
    person: UUID,
    shown_id: UUID,
    entry_id: UUID | None,
    asked: Mapping[str, object],
    items: Jsonb,
    now: datetime,
) -> None:
    row = {
        "person": person,
        "id": shown_id,
        "entry_id": entry_id,
        "asked": Jsonb(dict(asked)),
        "items": items,
        "now": now,
    }
    conn.queue(SHOW, row)


async def one(conn: Connection, content_id: UUID, *, to_change: bool = False) -> Content | None:
    return (await conn.run(ONE_TO_CHANGE if to_change else ONE, {"id": content_id}, Content)).first


async def former(conn: Connection, content_id: UUID, version: int) -> Content | None:
    return (await conn.run(FORMER, {"id": content_id, "version": version}, Content)).first


async def page(conn: Connection, asked: CatalogueQuery, before: tuple[float, UUID], limit: int) -> list[RankedContent]:
    params = {"q": asked.q, "kind": asked.kind, "mood": asked.mood, "rank": before[0], "id": before[1], "limit": limit}
    return (await conn.run(SEARCH if asked.q else BROWSE, params, RankedContent)).rows


def create(conn: Connection, content: Content, key: str) -> None:
    conn.queue(CREATE, {**_columns(content), "key": key})


def change(conn: Connection, content: Content) -> None:
    conn.queue(CHANGE, _columns(content))


def _columns(content: Content) -> dict[str, Any]:
    evidence = content.evidence and Jsonb(content.evidence.model_dump())
    return {**content.model_dump(), "evidence": evidence}


async def delete(conn: Connection, content_id: UUID) -> bool:
    return (await conn.run(DELETE, {"id": content_id})).first is not None


def queue_interactions(conn: Connection, rows: Sequence[Mapping[str, object]]) -> Result[TupleRow]:
    """Answers with the ids of those that are new."""
    return conn.queue(ADD_INTERACTIONS, {"interactions": Jsonb(rows, to_json)})


async def interactions(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, Interaction]:
    rows = (await conn.run(INTERACTIONS, {"ids": list(ids)}, Interaction)).rows
    return {row.interaction_id: row for row in rows}


async def known(conn: Connection, ids: Iterable[UUID]) -> set[UUID]:
    return {id_ for (id_,) in (await conn.run(KNOWN, {"ids": list(ids)})).rows}


def queue_saved(conn: Connection, content_id: UUID, now: datetime) -> Result[TupleRow]:
    """Answers with a row if it was not saved yet. Does nothing where there is no such content."""
    return conn.queue(SAVE, {"id": content_id, "now": now})


def unsave(conn: Connection, content_id: UUID) -> None:
    conn.queue(UNSAVE, {"id": content_id})


async def saved(conn: Connection, before: tuple[datetime, UUID], limit: int) -> list[SavedItem]:
    params = {"before_at": before[0], "before_id": before[1], "limit": limit}
    return (await conn.run(SAVED, params, SavedItem)).rows


def queue_taste(conn: Connection, person: UUID) -> Result[StoredTaste]:
    return conn.queue(TASTE, {"person": person}, StoredTaste)


def queue_kinds(conn: Connection, content_ids: Sequence[UUID]) -> Result[ContentKind]:
    return conn.queue(KINDS, {"ids": list(content_ids)}, ContentKind)


async def unwanted(conn: Connection) -> list[UUID]:
    return [content_id for (content_id,) in (await conn.run(UNWANTED)).rows]


def keep_taste(conn: Connection, taste: Mapping[str, object]) -> None:
    conn.queue(KEEP_TASTE, {"taste": Jsonb(taste, to_json)})
