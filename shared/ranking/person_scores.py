"""Scores candidates for one person: by kind, and singly only those that the person has reacted to or done."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from math import sqrt
from typing import NamedTuple

from shared.ranking.beliefs import Beliefs
from shared.ranking.better_days import BetterDays
from shared.ranking.collaborative import SimilarTaste
from shared.ranking.eligibility import Pool, PoolItem, PoolKind
from shared.ranking.population import Population
from shared.ranking.taste import Taste, fatigue, fondness

TASTE_WEIGHT = 0.15
INTEREST_WEIGHT = 0.3  # of what the profile names as an interest
SIMILAR_TASTE_WEIGHT = 0.15
FATIGUE_WEIGHT = 0.3
PASSED_OVER_WEIGHT = 0.1
LONG_AGO = float("-inf")  # a day


@dataclass(frozen=True, slots=True)
class PersonKnowledge:
    population: Population = field(default_factory=Population)
    beliefs: Beliefs = field(default_factory=Beliefs)
    taste: Taste = field(default_factory=Taste)
    similar_taste: Mapping[str, SimilarTaste] = field(default_factory=dict)
    shown_days: Mapping[str, float] = field(default_factory=dict)  # when an item was shown last, of the last days
    better_days: Mapping[str, BetterDays] = field(default_factory=dict)
    interests: frozenset[str] = frozenset()  # keys of the items that the profile's interests name


class KindEstimate(NamedTuple):
    """The person's estimate for one kind."""

    kind: PoolKind
    mean: float
    variance: float
    taste: float
    known_keys: Collection[str]  # of the items with an entry in `PersonKnowledge`


class Contender(NamedTuple):
    mean: float
    sd: float
    item: PoolItem
    uplift: float
    taste: float
    similar_taste: float
    fatigue_penalty: float
    better_days: float


class CandidateScorer:
    def __init__(self, pool: Pool, knowledge: PersonKnowledge, day: float) -> None:
        self._pool, self._knowledge, self._day = pool, knowledge, day
        self._better_days = {} if pool.gentle else knowledge.better_days
        self._interests = knowledge.interests
        known_keys = self._known_keys_by_kind()
        self._estimates = {
            name: self._estimate(name, kind, known_keys.get(name, ())) for name, kind in pool.kinds.items()
        }

    def contenders(self, ranked_keys: Collection[str]) -> list[Contender]:
        """The best item of each kind that is neither hidden nor already in the list."""
        excluded = self._knowledge.taste.hidden.union(ranked_keys)
        best = [self._best(estimate, excluded) for estimate in self._estimates.values()]
        return [contender for contender in best if contender]

    def drop_interests(self) -> None:
        """From now on, interests count for nothing: the list has enough of them."""
        self._interests = frozenset()

    def contender(self, item: PoolItem) -> Contender:
        return self._contender(item, self._estimates[item.content.kind])

    def _contender(self, item: PoolItem, estimate: KindEstimate) -> Contender:
        if not item.content.learnable:
            return Contender(item.base, 0.0, item, 0.0, 0.0, 0.0, 0.0, 0.0)
        key = item.key
        kind, mean, variance, taste, known_keys = estimate
        variance += item.offset[1]
        fatigue_penalty = similar_taste = better_days = 0.0
        if key in self._interests:
            taste += INTEREST_WEIGHT
        if key in known_keys:
            knowledge, day = self._knowledge, self._day
            if belief := knowledge.beliefs.contents.get(key):
                mean, variance = belief[0], belief[1]
            met_on, shown_on = LONG_AGO, knowledge.shown_days.get(key, LONG_AGO)
            if liking := knowledge.taste.contents.get(key):
                taste += TASTE_WEIGHT * fondness(liking, day)
                met_on = liking[1]
            fatigue_penalty = -FATIGUE_WEIGHT * fatigue(met_on, day)
            if shown_on > met_on:  # shown, and passed over
                fatigue_penalty = min(fatigue_penalty, -PASSED_OVER_WEIGHT * fatigue(shown_on, day))
            if key in knowledge.similar_taste:
                similar_taste = SIMILAR_TASTE_WEIGHT * knowledge.similar_taste[key].score
            if key in self._better_days:
                better_days = self._better_days[key].value
        uplift = mean - kind.prior[0]
        sd = sqrt(variance + kind.quadrant_variance)
        return Contender(
            item.base + uplift + taste + similar_taste + fatigue_penalty + better_days,
            sd,
            item,
            uplift,
            taste,
            similar_taste,
            fatigue_penalty,
            better_days,
        )

    def _estimate(self, name: str, kind: PoolKind, known_keys: Collection[str]) -> KindEstimate:
        belief, liking = self._knowledge.beliefs.kinds.get(name, kind.prior), self._knowledge.taste.kinds.get(name)
        taste = TASTE_WEIGHT * fondness(liking, self._day) if liking else 0.0
        return KindEstimate(kind, belief[0], belief[1], taste, known_keys)

    def _best(self, estimate: KindEstimate, excluded: Collection[str]) -> Contender | None:
        """The best of a kind. Items without knowledge are in the same order for everyone: only their first can win."""
        known_keys, by_key = estimate.known_keys, self._pool.by_key
        contestants = [by_key[key] for key in known_keys if key not in excluded]
        for item in estimate.kind.items:
            if item.key not in known_keys and item.key not in excluded:
                contestants.append(item)
                break
        if self._interests:
            contestants += self._first_of_interest(estimate, excluded)
        if len(contestants) == 1:
            return self._contender(contestants[0], estimate)
        return max([self._contender(item, estimate) for item in contestants], default=None)

    def _first_of_interest(self, estimate: KindEstimate, excluded: Collection[str]) -> Iterator[PoolItem]:
        keys = self._interests.difference(excluded, estimate.known_keys)
        return islice((item for item in estimate.kind.items if item.key in keys), 1)

    def _known_keys_by_kind(self) -> Mapping[str, Collection[str]]:
        knowledge, by_key = self._knowledge, self._pool.by_key
        keys = {
            *knowledge.taste.hidden,
            *knowledge.taste.contents,
            *knowledge.similar_taste,
            *knowledge.beliefs.contents,
            *knowledge.shown_days,
            *self._better_days,
        }
        known_keys: dict[str, list[str]] = defaultdict(list)
        for key in keys & by_key.keys():
            known_keys[by_key[key].content.kind].append(key)
        return known_keys
