"""What learning from events asks of Postgres, as the service."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic_core import to_json

from shared.db import Connection, Result
from shared.ranking.collaborative import Neighbour

LEARNED: LiteralString = """
    SELECT uplift, learned_to, entries, population
    FROM mend.learned
    WHERE user_id = %(person)s AND uplift IS NOT NULL
"""

# With how many there are in all, as of the same moment: none may come unnoticed in between.
ENTRIES: LiteralString = """
    SELECT occurred_at, mood, intensity, timezone,
           (SELECT count(*) FROM public.mood_entries WHERE user_id = %(person)s) AS entries
    FROM public.mood_entries
    WHERE user_id = %(person)s AND occurred_at >= %(since)s
    ORDER BY occurred_at DESC, id DESC
    LIMIT %(most)s
"""

COMPLETED: LiteralString = """
    SELECT i.occurred_at, i.content_id, c.kind, c.effect
    FROM public.user_interactions AS i JOIN public.content AS c ON c.id = i.content_id
    WHERE i.user_id = %(person)s AND i.kind = 'complete' AND i.occurred_at >= %(since)s
    ORDER BY i.occurred_at DESC, i.id DESC
    LIMIT %(most)s
"""

KEEP_LEARNED: LiteralString = """
    INSERT INTO mend.learned AS l (user_id, uplift, beliefs, learned_to, entries, population)
    VALUES (%(person)s, %(uplift)s, %(beliefs)s, %(to)s, %(entries)s, %(population)s)
    ON CONFLICT (user_id) DO UPDATE
        SET uplift = excluded.uplift, beliefs = excluded.beliefs, learned_to = excluded.learned_to,
            entries = excluded.entries, population = excluded.population, updated_at = now()
"""

FORGET_LEARNED: LiteralString = """
    UPDATE mend.learned SET uplift = NULL, beliefs = NULL, learned_to = NULL, entries = NULL
    WHERE user_id = %(person)s
"""

TASTE: LiteralString = "SELECT taste FROM mend.known(%(person)s)"

NEIGHBOURS: LiteralString = """
    SELECT liked_id::text AS liked_id, content_id::text AS content_id, similarity, people
    FROM mend.neighbours
    WHERE liked_id = ANY(%(liked)s)
"""

KEEP_ALIKE: LiteralString = "UPDATE mend.learned SET alike = %(alike)s WHERE user_id = %(person)s"


class StoredUplift(NamedTuple):
    uplift: dict[str, Any]
    learned_to: datetime
    entries: int
    population: int | None


class FeltMood(NamedTuple):
    occurred_at: datetime
    mood: str
    intensity: int
    timezone: str
    entries: int  # that the person has in all


class CompletedContent(NamedTuple):
    occurred_at: datetime
    content_id: UUID
    kind: str
    effect: float


async def learned(conn: Connection, person: UUID) -> StoredUplift | None:
    return (await conn.run(LEARNED, {"person": person}, StoredUplift)).first


async def entries(conn: Connection, person: UUID, since: datetime, most: int) -> list[FeltMood]:
    """The latest, oldest first."""
    return (await conn.run(ENTRIES, {"person": person, "since": since, "most": most}, FeltMood)).rows[::-1]


def queue_completed(conn: Connection, person: UUID, since: datetime, most: int) -> Result[CompletedContent]:
    """The latest, newest first."""
    return conn.queue(COMPLETED, {"person": person, "since": since, "most": most}, CompletedContent)


def keep_learned(conn: Connection, row: Mapping[str, object]) -> None:
    conn.queue(KEEP_LEARNED, row)


def forget_learned(conn: Connection, person: UUID) -> None:
    conn.queue(FORGET_LEARNED, {"person": person})


async def taste(conn: Connection, person: UUID) -> dict[str, Any] | None:
    row = (await conn.run(TASTE, {"person": person})).first
    return row[0] if row else None


async def neighbours(conn: Connection, liked: Sequence[str]) -> list[Neighbour]:
    return (await conn.run(NEIGHBOURS, {"liked": list(liked)}, Neighbour)).rows


def keep_alike(conn: Connection, person: UUID, alike: Mapping[str, object]) -> None:
    conn.queue(KEEP_ALIKE, {"person": person, "alike": Jsonb(dict(alike), to_json)})
