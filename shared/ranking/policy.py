"""Chooses which candidates to show. Pure: no clock, no I/O; all randomness is seeded by the id of the list.

The best item of each kind competes for every place. Its value is its estimated mean, plus an uncertainty bonus, plus
Gumbel noise. Under Gumbel noise the probability that an item wins a place, given the places above, is its share of
exponential weights (Plackett and Luce), so the propensity is exact. It is logged with the list, so that policies can be
compared offline.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from math import ceil, exp, log
from random import Random
from typing import NamedTuple
from uuid import UUID, uuid5

from shared.ranking.candidates import Candidate, CandidateSet
from shared.ranking.eligibility import Pool, PoolItem, Situation, pool_for
from shared.ranking.person_scores import CandidateScorer, Contender, PersonKnowledge
from shared.ranking.reasons import Explainer, Term

INTEREST_SHARE = 1 / 3  # of a list; beyond it, interests count for nothing
EXPLORATION_FLOOR = 0.01  # the probability that a place goes to any item at random, of those that may be learned from
UNCERTAINTY_BONUS = 1.0  # in standard deviations of an item's estimate
NOISE_SCALE = 0.1  # in average standard deviations of the estimates
LEAST_WIDTH = 1e-6  # where no estimate is uncertain
NO_KNOWLEDGE = PersonKnowledge()
ANY_SITUATION = Situation()


class RankedItem(NamedTuple):
    content: Candidate
    score: float
    terms: tuple[Term, ...]
    uncertainty: float
    explore: bool
    propensity: float  # the probability of this item at its place, given the places above
    why: str


def rank(  # noqa: PLR0913 - what a list depends on
    candidates: CandidateSet,
    list_id: UUID,
    limit: int,
    situation: Situation = ANY_SITUATION,
    knowledge: PersonKnowledge = NO_KNOWLEDGE,
    *,
    above: Sequence[RankedItem] = (),
) -> list[RankedItem]:
    """The best candidates, of as many different kinds as possible, each with its reasons and its propensity.

    They follow those that are `above` in the list, up to its limit.
    """
    pool = pool_for(candidates, knowledge.population, situation)
    scorer = CandidateScorer(pool, knowledge, situation.day)
    rng = Random(list_id.int)  # noqa: S311 - variety, not secrecy
    exploration_floor, bonus = (0.0, 0.0) if situation.gentle else (EXPLORATION_FLOOR, UNCERTAINTY_BONUS)
    ranked = {str(item.content.id): item for item in above}
    excluded = knowledge.taste.hidden.union(ranked)
    remaining, explorable = len(pool.by_key.keys() - excluded), len(pool.learnable - excluded)
    explainer = Explainer(pool, knowledge, situation, list_id.int, [item.why for item in above])
    race, interests_left = None, ceil(INTEREST_SHARE * limit)
    while remaining and len(ranked) < limit:
        if not (race and race.running):
            race = Race(scorer.contenders(ranked), rng, bonus)
        floor = exploration_floor if explorable else 0.0
        explore = rng.random() < floor
        if explore:
            winner, chance = scorer.contender(_random_item(pool, knowledge.taste.hidden | ranked.keys(), rng)), 0.0
        else:
            winner, chance = race.leader()
        item = winner.item
        drawn = floor / explorable if item.content.learnable else 0.0
        propensity = (1 - floor) * race.win_probability(item) + drawn
        race.remove(item.content.kind)
        terms = explainer.terms(winner, chance, explore=explore)
        score = sum([term["value"] for term in terms])
        why = explainer.why(winner, terms)
        ranked[item.key] = RankedItem(item.content, score, terms, winner.sd, explore, propensity, why)
        if item.key in knowledge.interests and (interests_left := interests_left - 1) == 0:
            scorer.drop_interests()
            race = race.rerun(scorer.contenders(ranked), rng, bonus)
        remaining -= 1
        explorable -= item.content.learnable
    return list(ranked.values())


def rank_with_longer(
    candidates: CandidateSet, list_id: UUID, limit: int, situation: Situation, knowledge: PersonKnowledge = NO_KNOWLEDGE
) -> list[RankedItem]:
    """As `rank`. If too few items fit into the minutes, the shortest of those that take longer follow them."""
    ranked = rank(candidates, list_id, limit, situation, knowledge)
    if situation.minutes is None or len(ranked) == limit:
        return ranked
    pool, hidden = pool_for(candidates, knowledge.population, replace(situation, minutes=None)), knowledge.taste.hidden
    minutes = sorted(item.content.minutes for key, item in pool.by_key.items() if key not in hidden)[:limit]
    if len(minutes) == len(ranked):
        return ranked
    longer = replace(situation, minutes=minutes[-1])
    return rank(candidates, uuid5(list_id, "longer"), limit, longer, knowledge, above=ranked)


def _random_item(pool: Pool, excluded: Collection[str], rng: Random) -> PoolItem:
    return rng.choice([item for key, item in pool.by_key.items() if key in pool.learnable and key not in excluded])


class Race:
    """The competition for the places of one list. A kind leaves it once it has won a place."""

    def __init__(
        self,
        contenders: Collection[Contender],
        rng: Random,
        bonus: float = UNCERTAINTY_BONUS,
        noise_scale: float = NOISE_SCALE,
    ) -> None:
        width = max(noise_scale * sum([contender.sd for contender in contenders]) / len(contenders), LEAST_WIDTH)
        starts = [contender.mean + bonus * contender.sd for contender in contenders]
        highest_start = max(starts)
        self.running: dict[str, tuple[float, Contender]] = {}  # by kind: the value with bonus and noise
        self._weights: dict[str, float] = {}
        for start, contender in zip(starts, contenders, strict=True):
            kind = contender.item.content.kind
            self.running[kind] = start - width * log(-log(1 - rng.random())), contender
            self._weights[kind] = exp((start - highest_start) / width)

    def leader(self) -> tuple[Contender, float]:
        """The contender with the highest value, and how much of the value is bonus and noise."""
        value, contender = max(self.running.values())
        return contender, value - contender.mean

    def win_probability(self, item: PoolItem) -> float:
        kind = item.content.kind
        if kind not in self.running or self.running[kind][1].item.key != item.key:
            return 0.0
        return self._weights[kind] / sum(self._weights.values())

    def rerun(self, contenders: Collection[Contender], rng: Random, bonus: float) -> "Race":
        """The race for the places that are left, among new contenders of the kinds that are still in it."""
        left = [contender for contender in contenders if contender.item.content.kind in self.running]
        return Race(left, rng, bonus) if left else self

    def remove(self, kind: str) -> None:
        self.running.pop(kind, None)
        self._weights.pop(kind, None)
