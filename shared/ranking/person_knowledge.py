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

OF_THE_PERSON: LiteralString = "SELECT beliefs, taste, alike, interests, avoid FROM mend.known(%s)"
OF_EVERYONE: LiteralString = "SELECT version, tables FROM mend.populations ORDER BY version DESC LIMIT 1"


class Mine(NamedTuple):
    """What is known of a person, as it is kept."""

    beliefs: dict[str, Any] | None = None
    taste: dict[str, Any] | None = None
    alike: dict[str, Any] | None = None
    interests: Collection[str] | None = None
    avoid: Collection[str] | None = None


class Asked(NamedTuple):
    person: Posted
    everyone: Posted | None


class Knowledge:
    """One for a process."""

    version: int | None = None  # of everyone's tables; there are none before the first were fitted

    def __init__(self) -> None:
        self.population = Population()
        self._fresh_until = 0.0

    def ask(self, conn: Connection, person: UUID) -> Asked:
        """Have all of it come with the next answer."""
        return Asked(conn.post(OF_THE_PERSON, (person,)), self.ask_of_everyone(conn))

    def ask_of_everyone(self, conn: Connection) -> Posted | None:
        return conn.post(OF_EVERYONE) if time.monotonic() >= self._fresh_until else None

    def take(self, asked: Asked, candidates: Candidates, day: float) -> Known:
        self.take_of_everyone(asked.everyone)
        return self.known(Mine._make(asked.person.rows[0]), candidates, day)

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

    def take_of_everyone(self, asked: Posted | None) -> None:
        if asked is None:
            return
        self._fresh_until = time.monotonic() + FRESH_SECONDS
        for version, tables in asked.rows:
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
