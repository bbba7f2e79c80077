"""The SQL of the event handlers, which run as `mend_service`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic_core import to_json

from shared.db import Connection, Result
from shared.ranking.collaborative import Neighbour

UPLIFT: LiteralString = """
    SELECT uplift_sums, learned_until, entry_count, population_version
    FROM mend.person_learning
    WHERE user_id = %(person)s AND uplift_sums IS NOT NULL
"""

# The total is counted in the same snapshot, so that an entry stored in between is noticed next time.
ENTRIES: LiteralString = """
    SELECT occurred_at, mood, intensity, timezone,
           (SELECT count(*) FROM public.mood_entries WHERE user_id = %(person)s) AS entry_count
    FROM public.mood_entries
    WHERE user_id = %(person)s AND occurred_at >= %(since)s
    ORDER BY occurred_at DESC, id DESC
    LIMIT %(limit)s
"""

COMPLETIONS: LiteralString = """
    SELECT i.occurred_at, i.content_id, c.kind, c.effect
    FROM public.user_interactions AS i JOIN public.content AS c ON c.id = i.content_id
    WHERE i.user_id = %(person)s AND i.kind = 'complete' AND i.occurred_at >= %(since)s
      AND mend.may_learn_from(c.provider)
    ORDER BY i.occurred_at DESC, i.id DESC
    LIMIT %(limit)s
"""

STORE_UPLIFT: LiteralString = """
    INSERT INTO mend.person_learning AS l
        (user_id, uplift_sums, beliefs, learned_until, entry_count, population_version)
    VALUES (%(person)s, %(uplift_sums)s, %(beliefs)s, %(learned_until)s, %(entry_count)s, %(population_version)s)
    ON CONFLICT (user_id) DO UPDATE
        SET uplift_sums = excluded.uplift_sums, beliefs = excluded.beliefs, learned_until = excluded.learned_until,
            entry_count = excluded.entry_count, population_version = excluded.population_version, updated_at = now()
"""

DELETE_UPLIFT: LiteralString = """
    UPDATE mend.person_learning SET uplift_sums = NULL, beliefs = NULL, learned_until = NULL, entry_count = NULL
    WHERE user_id = %(person)s
"""

# Inserts nothing if the account is gone.
STORE_TASTE: LiteralString = """
    INSERT INTO mend.person_learning (user_id, taste)
    SELECT %(person)s, %(taste)s WHERE mend.has_account(%(person)s)
    ON CONFLICT (user_id) DO UPDATE SET taste = excluded.taste
"""

DELETE_LEARNING: LiteralString = "DELETE FROM mend.person_learning WHERE user_id = %(person)s"

INTERACTIONS: LiteralString = """
    SELECT i.content_id, i.kind, i.occurred_at, c.kind AS content_kind
    FROM public.user_interactions AS i JOIN public.content AS c ON c.id = i.content_id
    WHERE i.user_id = %(person)s AND mend.may_learn_from(c.provider)
    ORDER BY i.occurred_at DESC, i.id DESC
    LIMIT %(limit)s
"""

UNWANTED_CONTENT: LiteralString = "SELECT mend.unwanted_content(%(person)s)"

TASTE: LiteralString = "SELECT taste FROM mend.person_knowledge(%(person)s)"

NEIGHBOURS: LiteralString = """
    SELECT liked_content_id::text AS liked_content_id, content_id::text AS content_id, similarity, people
    FROM mend.neighbours
    WHERE liked_content_id = ANY(%(liked)s)
"""

STORE_SIMILAR_TASTE: LiteralString = """
    UPDATE mend.person_learning SET similar_taste = %(similar_taste)s WHERE user_id = %(person)s
"""


class StoredUplift(NamedTuple):
    uplift_sums: dict[str, Any]
    learned_until: datetime
    entry_count: int
    population_version: int | None


class StoredMood(NamedTuple):
    occurred_at: datetime
    mood: str
    intensity: int
    timezone: str
    entry_count: int  # of the person, in total


class StoredCompletion(NamedTuple):
    occurred_at: datetime
    content_id: UUID
    kind: str
    effect: float


class StoredReaction(NamedTuple):
    content_id: UUID
    kind: str
    occurred_at: datetime
    content_kind: str


async def load_uplift(conn: Connection, person: UUID) -> StoredUplift | None:
    return (await conn.run(UPLIFT, {"person": person}, StoredUplift)).first


async def load_entries(conn: Connection, person: UUID, since: datetime, limit: int) -> list[StoredMood]:
    """The latest entries, oldest first."""
    return (await conn.run(ENTRIES, {"person": person, "since": since, "limit": limit}, StoredMood)).rows[::-1]


def queue_completions(conn: Connection, person: UUID, since: datetime, limit: int) -> Result[StoredCompletion]:
    """The latest completions, newest first."""
    return conn.queue(COMPLETIONS, {"person": person, "since": since, "limit": limit}, StoredCompletion)


def store_uplift(conn: Connection, row: Mapping[str, object]) -> None:
    conn.queue(STORE_UPLIFT, row)


def delete_uplift(conn: Connection, person: UUID) -> None:
    conn.queue(DELETE_UPLIFT, {"person": person})


def delete_learning(conn: Connection, person: UUID) -> None:
    """Delete all that was learned about a person."""
    conn.queue(DELETE_LEARNING, {"person": person})


async def load_reactions(conn: Connection, person: UUID, limit: int) -> list[StoredReaction]:
    """The latest interactions, oldest first."""
    return (await conn.run(INTERACTIONS, {"person": person, "limit": limit}, StoredReaction)).rows[::-1]


async def load_unwanted_content(conn: Connection, person: UUID) -> list[UUID]:
    return [id_ for (id_,) in (await conn.run(UNWANTED_CONTENT, {"person": person})).rows]


def store_taste(conn: Connection, person: UUID, taste: Mapping[str, object]) -> None:
    conn.queue(STORE_TASTE, {"person": person, "taste": Jsonb(dict(taste), to_json)})


async def load_taste(conn: Connection, person: UUID) -> dict[str, Any] | None:
    row = (await conn.run(TASTE, {"person": person})).first
    return row[0] if row else None


async def load_neighbours(conn: Connection, liked: Sequence[str]) -> list[Neighbour]:
    return (await conn.run(NEIGHBOURS, {"liked": list(liked)}, Neighbour)).rows


def store_similar_taste(conn: Connection, person: UUID, scores: Mapping[str, object]) -> None:
    conn.queue(STORE_SIMILAR_TASTE, {"person": person, "similar_taste": Jsonb(dict(scores), to_json)})
