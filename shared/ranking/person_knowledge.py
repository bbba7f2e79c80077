"""Reads what is known before ranking: the population tables, cached for five minutes, and the person's documents."""

import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import lru_cache
from math import exp2
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from shared.db import Connection, Result
from shared.ranking.beliefs import Beliefs
from shared.ranking.candidates import Candidate, CandidateSet
from shared.ranking.collaborative import SimilarTaste
from shared.ranking.contenders import PersonKnowledge
from shared.ranking.population import Population
from shared.ranking.taste import HALF_LIFE_DAYS, Liking, Taste

FRESH_SECONDS = 300
LONG_AGO = 2 * HALF_LIFE_DAYS

PERSON_KNOWLEDGE: LiteralString = "SELECT beliefs, taste, alike, interests, avoid FROM mend.known(%(person)s)"
LATEST_POPULATION: LiteralString = "SELECT version, tables FROM mend.populations ORDER BY version DESC LIMIT 1"


class StoredKnowledge(NamedTuple):
    """What is known about a person, as Postgres stores it."""

    beliefs: dict[str, Any] | None = None
    taste: dict[str, Any] | None = None
    alike: dict[str, Any] | None = None
    interests: Collection[str] | None = None
    avoid: Collection[str] | None = None


class StoredPopulation(NamedTuple):
    version: int
    tables: dict[str, Any]


class PostedKnowledge(NamedTuple):
    person: Result[StoredKnowledge]
    population: Result[StoredPopulation] | None


class KnowledgeReader:
    """Caches the population tables. One instance per process."""

    version: int | None = None  # of the population tables; None until the first were fitted

    def __init__(self) -> None:
        self.population = Population()
        self._fresh_until = 0.0

    def queue(self, conn: Connection, person: UUID) -> PostedKnowledge:
        """Have all of it come with the next answer."""
        return PostedKnowledge(
            conn.queue(PERSON_KNOWLEDGE, {"person": person}, StoredKnowledge), self.queue_population(conn)
        )

    def queue_population(self, conn: Connection) -> Result[StoredPopulation] | None:
        return conn.queue(LATEST_POPULATION, None, StoredPopulation) if time.monotonic() >= self._fresh_until else None

    def take(self, posted: PostedKnowledge, candidates: CandidateSet, day: float) -> PersonKnowledge:
        self.take_population(posted.population)
        return self.known(posted.person.rows[0], candidates, day)

    def known(self, mine: StoredKnowledge, candidates: CandidateSet, day: float) -> PersonKnowledge:
        beliefs, taste, alike, interests, avoid = mine
        liked = Taste.from_json(taste) if taste else NO_TASTE
        if interests or avoid:
            liked = _with_profile(liked, candidates, interests or (), avoid or (), day)
        return PersonKnowledge(
            self.population,
            Beliefs(**beliefs) if beliefs else NO_BELIEFS,
            liked,
            {key: SimilarTaste(*value) for key, value in alike.items()} if alike else {},
        )

    def take_population(self, posted: Result[StoredPopulation] | None) -> None:
        if posted is None:
            return
        self._fresh_until = time.monotonic() + FRESH_SECONDS
        for version, tables in posted.rows:
            if version != self.version:  # keep the object: caches use its identity as their key
                self.version, self.population = version, Population.from_json(tables)


NO_BELIEFS = Beliefs()
NO_TASTE = Taste()


def _with_profile(
    taste: Taste, candidates: CandidateSet, interests: Collection[str], avoid: Collection[str], day: float
) -> Taste:
    """The taste with the profile's interests and things to avoid, which name kinds or tags.

    An interest counts like one "like" of today, for an item last met so long ago that no fatigue is left.
    """
    wanted, unwanted = (
        _matching_contents(candidates, frozenset(interests)),
        _matching_contents(candidates, frozenset(avoid)),
    )
    liking: Liking = (exp2(LONG_AGO / HALF_LIFE_DAYS), day - LONG_AGO)
    liked = dict.fromkeys(wanted, liking)
    return replace(taste, contents={**liked, **taste.contents}, hidden=taste.hidden | unwanted)


@lru_cache(maxsize=128)  # each entry keeps its candidates in memory, about 0.2 MB
def _matching_contents(candidates: CandidateSet, words: frozenset[str]) -> frozenset[str]:
    lowered = {word.casefold() for word in words}
    return frozenset(str(content.id) for content in candidates.items if not lowered.isdisjoint(_labels(content)))


def _labels(content: Candidate) -> Iterator[str]:
    yield content.kind
    yield from content.tags
