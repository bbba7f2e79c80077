"""The SQL of the nightly job, which runs as `mend_service`."""

from collections.abc import Iterable
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic_core import to_json

from shared.db import Connection
from shared.ranking.collaborative import Neighbour
from shared.ranking.population import Population

# A random sample: ids of people are random, so it takes those that follow a random id. After the last id it continues
# with the first.
PERSON_SUMS: LiteralString = """
    (SELECT uplift_sums, population_version
     FROM mend.person_learning
     WHERE uplift_sums IS NOT NULL AND user_id >= %(start)s AND mend.has_consent(user_id, 'personalisation')
     ORDER BY user_id LIMIT %(limit)s)
    UNION ALL
    (SELECT uplift_sums, population_version
     FROM mend.person_learning
     WHERE uplift_sums IS NOT NULL AND user_id < %(start)s AND mend.has_consent(user_id, 'personalisation')
     ORDER BY user_id LIMIT %(limit)s)
    LIMIT %(limit)s
"""

POPULATION_TABLES: LiteralString = "SELECT version, document FROM mend.population_tables"

INSERT_POPULATION_TABLES: LiteralString = """
    WITH expired AS (
        DELETE FROM mend.population_tables WHERE version < (SELECT max(version) - 30 FROM mend.population_tables)
    )
    INSERT INTO mend.population_tables (document, people) VALUES (%(document)s, %(people)s)
"""

# The latest items that each of a random sample of people liked or completed. Items that were only shown say little.
LIKED_ITEMS: LiteralString = """
    SELECT p.user_id, l.content_id
    FROM (
        (SELECT user_id FROM mend.person_learning WHERE taste IS NOT NULL AND user_id >= %(start)s
           AND mend.has_consent(user_id, 'personalisation')
         ORDER BY user_id LIMIT %(people)s)
        UNION ALL
        (SELECT user_id FROM mend.person_learning WHERE taste IS NOT NULL AND user_id < %(start)s
           AND mend.has_consent(user_id, 'personalisation')
         ORDER BY user_id LIMIT %(people)s)
        LIMIT %(people)s
    ) AS p
    CROSS JOIN LATERAL (
        SELECT DISTINCT latest.content_id
        FROM (
            SELECT i.content_id FROM public.user_interactions AS i JOIN public.content AS c ON c.id = i.content_id
            WHERE i.user_id = p.user_id AND i.kind IN ('complete', 'like') AND mend.may_learn_from(c.provider)
            ORDER BY i.occurred_at DESC
            LIMIT %(items_per_person)s
        ) AS latest
    ) AS l
"""

DELETE_NEIGHBOURS: LiteralString = "DELETE FROM mend.neighbours"

# The joins leave out items that were deleted since they were read.
INSERT_NEIGHBOURS: LiteralString = """
    INSERT INTO mend.neighbours (liked_content_id, content_id, similarity, people)
    SELECT n.liked_content_id, n.content_id, n.similarity, n.people
    FROM unnest(%(liked)s::uuid[], %(content)s::uuid[], %(similarity)s::real[], %(people)s::integer[])
        AS n (liked_content_id, content_id, similarity, people)
    JOIN public.content AS a ON a.id = n.liked_content_id
    JOIN public.content AS b ON b.id = n.content_id
"""


class StoredSums(NamedTuple):
    uplift_sums: dict[str, Any]
    population_version: int | None  # the tables that the sums were learned with


class StoredTables(NamedTuple):
    version: int
    document: dict[str, Any]


class StoredLike(NamedTuple):
    user_id: UUID
    content_id: UUID


async def load_person_sums(conn: Connection, start: UUID, limit: int) -> list[StoredSums]:
    return (await conn.run(PERSON_SUMS, {"start": start, "limit": limit}, StoredSums)).rows


async def load_population_tables(conn: Connection) -> dict[int, dict[str, Any]]:
    return {row.version: row.document for row in (await conn.run(POPULATION_TABLES, None, StoredTables)).rows}


def insert_population_tables(conn: Connection, population: Population, people: int) -> None:
    conn.queue(INSERT_POPULATION_TABLES, {"document": Jsonb(population.to_json(), to_json), "people": people})


async def load_liked_items(conn: Connection, start: UUID, people: int, items_per_person: int) -> list[StoredLike]:
    params = {"start": start, "people": people, "items_per_person": items_per_person}
    return (await conn.run(LIKED_ITEMS, params, StoredLike)).rows


def replace_neighbours(conn: Connection, neighbours: Iterable[Neighbour]) -> None:
    rows = list(neighbours)
    columns = {
        "liked": [row.liked_content_id for row in rows],
        "content": [row.content_id for row in rows],
        "similarity": [row.similarity for row in rows],
        "people": [row.people for row in rows],
    }
    conn.queue(DELETE_NEIGHBOURS)
    conn.queue(INSERT_NEIGHBOURS, columns)
