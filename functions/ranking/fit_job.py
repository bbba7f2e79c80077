"""The night's work: everyone's tables, and what goes with what, from a bounded number of people chosen at random."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from uuid import UUID, uuid4

import numpy as np

from functions.ranking import queries
from functions.ranking.rules.similarity import neighbours
from shared import logs
from shared.db import Connection
from shared.events import Event
from shared.ranking.collaborative import Neighbour
from shared.ranking.population import Population
from shared.ranking.population_fit import fit
from shared.ranking.uplift import PersonSums

MOST_PEOPLE = 4_000  # whose moods are fitted: more would change the tables less than a night does
MOST_TASTES = 50_000
EACH = 40  # of the latest things a person took to
MOST_ITEMS = 2_000
FEWEST = 3  # people who took to an item


async def fit_everyone(conn: Connection, _: Event) -> None:
    tables: dict[int | None, Population] = {None: Population()}
    tables |= {version: Population.from_json(kept) for version, kept in (await queries.populations(conn)).items()}
    # Who was learned by tables that are gone has not been here for a month.
    kept = [row for row in await queries.people(conn, uuid4(), MOST_PEOPLE) if row.population in tables]
    people = [PersonSums.from_json(row.uplift) for row in kept]
    if people:
        queries.keep_population(conn, fit(people, [tables[row.population] for row in kept]), len(people))
    table = table_of(await queries.taken(conn, uuid4(), MOST_TASTES, EACH))
    queries.keep_neighbours(conn, table)
    logs.event("ranking_fitted", people=len(people), neighbours=len(table))


def table_of(taken: Sequence[tuple[UUID, UUID]]) -> list[Neighbour]:
    count = Counter(content_id for _, content_id in taken)
    items = [content_id for content_id, people in count.most_common(MOST_ITEMS) if people >= FEWEST]
    if not items:
        return []
    column = {content_id: place for place, content_id in enumerate(items)}
    by_person: dict[UUID, list[int]] = defaultdict(list)
    for person, content_id in taken:
        if content_id in column:
            by_person[person].append(column[content_id])
    both = np.zeros((len(items), len(items)))
    for theirs in by_person.values():
        both[np.ix_(theirs, theirs)] += 1
    found = neighbours(both, len(by_person), [str(content_id) for content_id in items])
    return [neighbour for neighbour in found if neighbour.people >= FEWEST]
