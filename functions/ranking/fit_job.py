"""The nightly job: fits the population tables and the table of neighbours to a random sample of people."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from uuid import UUID, uuid4

import numpy as np

from functions.ranking import queries
from functions.ranking.rules.similarity import nearest_neighbours
from shared import logs
from shared.db import Connection
from shared.events import Events
from shared.ranking.collaborative import Neighbour
from shared.ranking.population import Population
from shared.ranking.population_fit import fit
from shared.ranking.uplift import PersonSums

MAX_PEOPLE = 4_000  # for the population tables: more would change them less than one night does
MAX_PEOPLE_FOR_NEIGHBOURS = 50_000
MAX_ITEMS_PER_PERSON = 40  # the latest ones that the person liked or completed
MAX_ITEMS = 2_000
MIN_PEOPLE = 3  # who liked or completed an item, or both items of a pair


async def fit_rankings(conn: Connection, _: Events) -> None:
    stored_tables = await queries.load_population_tables(conn)
    tables: dict[int | None, Population] = {None: Population()}
    tables |= {version: Population.from_json(document) for version, document in stored_tables.items()}
    # Tables older than 30 versions are deleted, so sums learned with them belong to people who were long inactive.
    rows = [
        row for row in await queries.load_person_sums(conn, uuid4(), MAX_PEOPLE) if row.population_version in tables
    ]
    if rows:
        people = [PersonSums.from_json(row.uplift_sums) for row in rows]
        population = fit(people, [tables[row.population_version] for row in rows])
        queries.insert_population_tables(conn, population, len(people))
    liked = await queries.load_liked_items(conn, uuid4(), MAX_PEOPLE_FOR_NEIGHBOURS, MAX_ITEMS_PER_PERSON)
    neighbours = neighbour_table(liked)
    queries.replace_neighbours(conn, neighbours)
    logs.event("ranking_fitted", people=len(rows), neighbours=len(neighbours))


def neighbour_table(liked: Sequence[tuple[UUID, UUID]]) -> list[Neighbour]:
    """The neighbours of the most liked items, from pairs of person and item."""
    count = Counter(content_id for _, content_id in liked)
    items = [content_id for content_id, people in count.most_common(MAX_ITEMS) if people >= MIN_PEOPLE]
    if not items:
        return []
    column = {content_id: place for place, content_id in enumerate(items)}
    columns_by_person: dict[UUID, list[int]] = defaultdict(list)
    for person, content_id in liked:
        if content_id in column:
            columns_by_person[person].append(column[content_id])
    counts = np.zeros((len(items), len(items)))
    for columns in columns_by_person.values():
        counts[np.ix_(columns, columns)] += 1
    neighbours = nearest_neighbours(counts, len(columns_by_person), [str(content_id) for content_id in items])
    return [neighbour for neighbour in neighbours if neighbour.people >= MIN_PEOPLE]
