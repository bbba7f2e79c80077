"""Scores candidates for one person: by kind, and item by item only where something is known about the item."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import NamedTuple

from shared.ranking.beliefs import Beliefs
from shared.ranking.collaborative import SimilarTaste
from shared.ranking.pool import Pool, PoolItem, PoolKind
from shared.ranking.population import Population
from shared.ranking.taste import Taste, fatigue, fondness

TASTE_WEIGHT = 0.15
SIMILAR_TASTE_WEIGHT = 0.15
FATIGUE_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class PersonKnowledge:
    population: Population = field(default_factory=Population)
    beliefs: Beliefs = field(default_factory=Beliefs)
    taste: Taste = field(default_factory=Taste)
    alike: Mapping[str, SimilarTaste] = field(default_factory=dict)


class KindStanding(NamedTuple):
    """The person's estimate for one kind."""

    kind: PoolKind
    mean: float
    variance: float
    taste: float
    met: Collection[str]  # keys of the items that something is known about


class Contender(NamedTuple):
    mean: float
    sd: float
    choice: PoolItem
    uplift: float
    taste: float
    alike: float
    rest: float


class CandidateScorer:
    def __init__(self, pool: Pool, known: PersonKnowledge, day: float) -> None:
        self._pool, self._known, self._day = pool, known, day
        met = self._with_something_known()
        self._standings = {name: self._standing(name, kind, met.get(name, ())) for name, kind in pool.kinds.items()}

    def contenders(self, shown: Collection[str]) -> list[Contender]:
        """The best item of each kind that is neither hidden nor shown already."""
        out = self._known.taste.hidden.union(shown)
        best = [self._best(standing, out) for standing in self._standings.values()]
        return [contender for contender in best if contender]

    def contender(self, choice: PoolItem) -> Contender:
        return self._contender(choice, self._standings[choice.content.kind])

    def _contender(self, choice: PoolItem, standing: KindStanding) -> Contender:
        key = choice.key
        kind, mean, variance, taste, met = standing
        variance += choice.offset[1]
        rest = alike = 0.0
        if key in met:
            known, day = self._known, self._day
            if held := known.beliefs.contents.get(key):
                mean, variance = held[0], held[1]
            if liking := known.taste.contents.get(key):
                taste += TASTE_WEIGHT * fondness(liking, day)
                rest = -FATIGUE_WEIGHT * fatigue(liking, day)
            if key in known.alike:
                alike = SIMILAR_TASTE_WEIGHT * known.alike[key].score
        uplift = mean - kind.prior[0]
        sd = sqrt(variance + kind.here)
        return Contender(choice.base + uplift + taste + alike + rest, sd, choice, uplift, taste, alike, rest)

    def _standing(self, name: str, kind: PoolKind, met: Collection[str]) -> KindStanding:
        held, liking = self._known.beliefs.kinds.get(name, kind.prior), self._known.taste.kinds.get(name)
        taste = TASTE_WEIGHT * fondness(liking, self._day) if liking else 0.0
        return KindStanding(kind, held[0], held[1], taste, met)

    def _best(self, standing: KindStanding, out: Collection[str]) -> Contender | None:
        """Of the items that nothing is known about, only the first can win: their order is the same for everyone."""
        met, by_key = standing.met, self._pool.by_key
        rivals = [by_key[key] for key in met if key not in out]
        for choice in standing.kind.choices:
            if choice.key not in met and choice.key not in out:
                rivals.append(choice)
                break
        if len(rivals) == 1:
            return self._contender(rivals[0], standing)
        return max([self._contender(choice, standing) for choice in rivals], default=None)

    def _with_something_known(self) -> Mapping[str, Collection[str]]:
        known, by_key = self._known, self._pool.by_key
        informed = {*known.taste.hidden, *known.taste.contents, *known.alike, *known.beliefs.contents}
        met: dict[str, list[str]] = defaultdict(list)
        for key in informed & by_key.keys():
            met[by_key[key].content.kind].append(key)
        return met
