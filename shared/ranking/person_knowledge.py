"""Reads what the ranking knows: the population tables, cached for five minutes, and the documents of one person."""

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, LiteralString, NamedTuple, TypeAlias
from uuid import UUID

from shared.db import Connection, Result
from shared.ranking.beliefs import Beliefs
from shared.ranking.better_days import StoredInsight, better_days
from shared.ranking.candidates import Candidate, CandidateSet
from shared.ranking.collaborative import SimilarTaste
from shared.ranking.person_scores import PersonKnowledge
from shared.ranking.population import Population
from shared.ranking.taste import Taste

FRESH_SECONDS = 300

PERSON_KNOWLEDGE: LiteralString = (
    "SELECT beliefs, taste, similar_taste, interests, avoid, mend.better_days(%(person)s, %(now)s) AS better_days"
    " FROM mend.person_knowledge(%(person)s)"
)
LATEST_POPULATION: LiteralString = "SELECT version, document FROM mend.population_tables ORDER BY version DESC LIMIT 1"


class StoredKnowledge(NamedTuple):
    """What is known about a person, as Postgres stores it."""

    beliefs: dict[str, Any] | None = None
    taste: dict[str, Any] | None = None
    similar_taste: dict[str, Any] | None = None
    interests: Collection[str] | None = None
    avoid: Collection[str] | None = None
    better_days: Sequence[StoredInsight] | None = None


ShownLists: TypeAlias = Sequence[tuple[float, Sequence[str]]]  # the day, and the keys of the items; newest first


class MetLately(NamedTuple):
    """What a list should not repeat."""

    shown: ShownLists | None = None
    planned: Collection[UUID] | None = None  # for today

    @property
    def shown_days(self) -> dict[str, float]:
        """The day on which each item was shown last."""
        return {key: day for day, keys in reversed(self.shown or ()) for key in keys}


NOTHING_MET = MetLately()


class StoredPopulation(NamedTuple):
    version: int
    document: dict[str, Any]


class QueuedKnowledge(NamedTuple):
    person: Result[StoredKnowledge]
    population: Result[StoredPopulation] | None


class KnowledgeReader:
    """Caches the population tables. One instance per process."""

    version: int | None = None  # of the population tables; None until the first were fitted

    def __init__(self) -> None:
        self.population = Population()
        self._fresh_until = 0.0

    def queue_queries(self, conn: Connection, person: UUID, now: datetime) -> QueuedKnowledge:
        """Queue the queries for the person and, where the cached ones are not fresh, for the population tables."""
        return QueuedKnowledge(
            conn.queue(PERSON_KNOWLEDGE, {"person": person, "now": now}, StoredKnowledge),
            self.queue_population_query(conn),
        )

    def queue_population_query(self, conn: Connection) -> Result[StoredPopulation] | None:
        return conn.queue(LATEST_POPULATION, None, StoredPopulation) if time.monotonic() >= self._fresh_until else None

    def read_answers(
        self, queued: QueuedKnowledge, candidates: CandidateSet, met: MetLately = NOTHING_MET
    ) -> PersonKnowledge:
        self.read_population(queued.population)
        return self.knowledge_from(queued.person.rows[0], candidates, met)

    def knowledge_from(
        self, stored: StoredKnowledge, candidates: CandidateSet, met: MetLately = NOTHING_MET
    ) -> PersonKnowledge:
        beliefs, taste, similar_taste, interests, avoid, insights = stored
        person_taste = Taste.from_json(taste) if taste else NO_TASTE
        if avoid or met.planned:
            unwanted = _matching_contents(candidates, avoid).union(map(str, met.planned or ()))
            person_taste = replace(person_taste, hidden=person_taste.hidden | unwanted)
        return PersonKnowledge(
            self.population,
            Beliefs(**beliefs) if beliefs else NO_BELIEFS,
            person_taste,
            {key: SimilarTaste(*value) for key, value in similar_taste.items()} if similar_taste else {},
            met.shown_days,
            better_days(insights, candidates) if insights else {},
            _matching_contents(candidates, interests),
        )

    def read_population(self, queued: Result[StoredPopulation] | None) -> None:
        if queued is None:
            return
        self._fresh_until = time.monotonic() + FRESH_SECONDS
        for version, document in queued.rows:
            if version != self.version:  # keep the object: caches use its identity as their key
                self.version, self.population = version, Population.from_json(document)


NO_BELIEFS = Beliefs()
NO_TASTE = Taste()


def _matching_contents(candidates: CandidateSet, labels: Collection[str] | None) -> frozenset[str]:
    """The keys of the candidates with one of these kinds or tags, as the profile names them."""
    return _contents_with(candidates, frozenset(labels)) if labels else frozenset()


@lru_cache(maxsize=128)  # each entry keeps its candidates in memory, about 0.2 MB
def _contents_with(candidates: CandidateSet, labels: frozenset[str]) -> frozenset[str]:
    lowercase = {label.casefold() for label in labels}
    return frozenset(str(content.id) for content in candidates.items if not lowercase.isdisjoint(_labels(content)))


def _labels(content: Candidate) -> Iterator[str]:
    yield content.kind
    yield from content.tags
