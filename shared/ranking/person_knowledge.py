"""What is known when a list is made: of everyone, kept in memory for some minutes, and of the person it is made for."""

import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import lru_cache
from math import exp2
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from shared.db import Connection, Posted
from shared.ranking.beliefs import Beliefs
from shared.ranking.candidates import Candidates, Content
from shared.ranking.collaborative import Alike
from shared.ranking.contenders import Known
from shared.ranking.population import Population
from shared.ranking.taste import HALF_LIFE_DAYS, Liking, Taste

FRESH_SECONDS = 300
LONG_AGO = 2 * HALF_LIFE_DAYS

OF_THE_PERSON: LiteralString = "SELECT beliefs, taste, alike, interests, avoid FROM mend.known(%(person)s)"
OF_EVERYONE: LiteralString = "SELECT version, tables FROM mend.populations ORDER BY version DESC LIMIT 1"


class Mine(NamedTuple):
    """What is known of a person, as it is kept."""

    beliefs: dict[str, Any] | None = None
    taste: dict[str, Any] | None = None
    alike: dict[str, Any] | None = None
    interests: Collection[str] | None = None
    avoid: Collection[str] | None = None


class StoredPopulation(NamedTuple):
    version: int
    tables: dict[str, Any]


class PostedKnowledge(NamedTuple):
    person: Posted[Mine]
    population: Posted[StoredPopulation] | None


class Knowledge:
    """One for a process."""

    version: int | None = None  # of everyone's tables; there are none before the first were fitted

    def __init__(self) -> None:
        self.population = Population()
        self._fresh_until = 0.0

    def post(self, conn: Connection, person: UUID) -> PostedKnowledge:
        """Have all of it come with the next answer."""
        return PostedKnowledge(conn.post(OF_THE_PERSON, {"person": person}, Mine), self.post_population(conn))

    def post_population(self, conn: Connection) -> Posted[StoredPopulation] | None:
        return conn.post(OF_EVERYONE, None, StoredPopulation) if time.monotonic() >= self._fresh_until else None

    def take(self, posted: PostedKnowledge, candidates: Candidates, day: float) -> Known:
        self.take_population(posted.population)
        return self.known(posted.person.rows[0], candidates, day)

    def known(self, mine: Mine, candidates: Candidates, day: float) -> Known:
        beliefs, taste, alike, interests, avoid = mine
        liked = Taste.from_json(taste) if taste else UNDECIDED
        if interests or avoid:
            liked = _as_told(liked, candidates, interests or (), avoid or (), day)
        return Known(
            self.population,
            Beliefs(**beliefs) if beliefs else NOTHING,
            liked,
            {key: Alike(*value) for key, value in alike.items()} if alike else {},
        )

    def take_population(self, posted: Posted[StoredPopulation] | None) -> None:
        if posted is None:
            return
        self._fresh_until = time.monotonic() + FRESH_SECONDS
        for version, tables in posted.rows:
            if version != self.version:  # the same object for as long as it holds: what follows from it is kept, too
                self.version, self.population = version, Population.from_json(tables)


NOTHING = Beliefs()
UNDECIDED = Taste()


def _as_told(
    taste: Taste, candidates: Candidates, interests: Collection[str], avoid: Collection[str], day: float
) -> Taste:
    """With what the profile says a person likes, and wants nothing of: kinds of things, or tags.

    What they like counts as one like today, of something that was met so long ago that it needs no rest.
    """
    wanted, unwanted = _spoken_of(candidates, frozenset(interests)), _spoken_of(candidates, frozenset(avoid))
    liking: Liking = (exp2(LONG_AGO / HALF_LIFE_DAYS), day - LONG_AGO)
    liked = dict.fromkeys(wanted, liking)
    return replace(taste, contents={**liked, **taste.contents}, hidden=taste.hidden | unwanted)


@lru_cache(maxsize=128)  # each of which keeps its candidates in memory, a fifth of a megabyte
def _spoken_of(candidates: Candidates, words: frozenset[str]) -> frozenset[str]:
    lowered = {word.casefold() for word in words}
    return frozenset(str(content.id) for content in candidates.items if not lowered.isdisjoint(_words_of(content)))


def _words_of(content: Content) -> Iterator[str]:
    yield content.kind
    yield from content.tags
