"""What the nightly fitting asks of Postgres, as the service."""

from collections.abc import Iterable
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic_core import to_json

from shared.db import Connection
from shared.ranking.collaborative import Neighbour
from shared.ranking.population import Population

# Ids of people are random, so those that follow a random one are people at random; after the last come the first.
PEOPLE: LiteralString = """
    (SELECT uplift, population FROM mend.learned WHERE uplift IS NOT NULL AND user_id >= %(from)s
     ORDER BY user_id LIMIT %(most)s)
    UNION ALL
    (SELECT uplift, population FROM mend.learned WHERE uplift IS NOT NULL AND user_id < %(from)s
     ORDER BY user_id LIMIT %(most)s)
    LIMIT %(most)s
"""

POPULATIONS: LiteralString = "SELECT version, tables FROM mend.populations"

KEEP_POPULATION: LiteralString = """
    WITH former AS (
        DELETE FROM mend.populations WHERE version < (SELECT max(version) - 30 FROM mend.populations)
    )
    INSERT INTO mend.populations (tables, people) VALUES (%(tables)s, %(people)s)
"""

# Of people at random the latest things each took to. What somebody was shown and left alone tells little.
TAKEN: LiteralString = """
    SELECT p.user_id, t.content_id
    FROM (
        (SELECT user_id FROM mend.learned WHERE taste IS NOT NULL AND user_id >= %(from)s
         ORDER BY user_id LIMIT %(most)s)
        UNION ALL
        (SELECT user_id FROM mend.learned WHERE taste IS NOT NULL AND user_id < %(from)s
         ORDER BY user_id LIMIT %(most)s)
        LIMIT %(most)s
    ) AS p
    CROSS JOIN LATERAL (
        SELECT DISTINCT latest.content_id
        FROM (
            SELECT i.content_id FROM public.user_interactions AS i
            WHERE i.user_id = p.user_id AND i.kind IN ('complete', 'like')
            ORDER BY i.occurred_at DESC
            LIMIT %(each)s
        ) AS latest
    ) AS t
"""

FORGET_NEIGHBOURS: LiteralString = "DELETE FROM mend.neighbours"

# An item may have gone since it was read.
KEEP_NEIGHBOURS: LiteralString = """
    INSERT INTO mend.neighbours (liked_id, content_id, similarity, people)
    SELECT n.liked_id, n.content_id, n.similarity, n.people
    FROM unnest(%(liked)s::uuid[], %(content)s::uuid[], %(similarity)s::real[], %(people)s::integer[])
        AS n (liked_id, content_id, similarity, people)
    JOIN public.content AS a ON a.id = n.liked_id
    JOIN public.content AS b ON b.id = n.content_id
"""


class LearnedPerson(NamedTuple):
    uplift: dict[str, Any]
    population: int | None  # the version of the tables that they were learned by


class StoredPopulation(NamedTuple):
    version: int
    tables: dict[str, Any]


class Taken(NamedTuple):
    user_id: UUID
    content_id: UUID


async def people(conn: Connection, first: UUID, most: int) -> list[LearnedPerson]:
    return (await conn.run(PEOPLE, {"from": first, "most": most}, LearnedPerson)).rows


async def populations(conn: Connection) -> dict[int, dict[str, Any]]:
    return {row.version: row.tables for row in (await conn.run(POPULATIONS, None, StoredPopulation)).rows}


def keep_population(conn: Connection, population: Population, count: int) -> None:
    conn.queue(KEEP_POPULATION, {"tables": Jsonb(population.to_json(), to_json), "people": count})


async def taken(conn: Connection, first: UUID, most: int, each: int) -> list[Taken]:
    return (await conn.run(TAKEN, {"from": first, "most": most, "each": each}, Taken)).rows


def keep_neighbours(conn: Connection, table: Iterable[Neighbour]) -> None:
    rows = list(table)
    columns = {
        "liked": [row.liked_id for row in rows],
        "content": [row.content_id for row in rows],
        "similarity": [row.similarity for row in rows],
        "people": [row.people for row in rows],
    }
    conn.queue(FORGET_NEIGHBOURS)
    conn.queue(KEEP_NEIGHBOURS, columns)
