"""Estimates the value of another policy from the log of the served one (off-policy evaluation).

The estimate is self-normalised importance sampling (SNIPS), place by place: the reward of a place if the other policy
had filled it, given the places above. It needs only the logged rewards and propensities.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import exp, sqrt
from random import Random
from typing import NamedTuple

from infra.evaluate.simulation import LIST_LENGTH, SimulatedHistory
from infra.evaluate.world import DAY, MOOD_BY_QUADRANT
from shared.moods import Quadrant
from shared.ranking.beliefs import beliefs_from
from shared.ranking.eligibility import Pool, Situation, pool_for
from shared.ranking.person_scores import CandidateScorer, Contender, PersonKnowledge
from shared.ranking.policy import EXPLORATION_FLOOR, NOISE_SCALE, Race

Z_95 = 1.96
OTHER_NOISE_SCALE = NOISE_SCALE / 2
REWARD_NOISE = 0.8  # the standard deviation of a mood's own variation


class LoggedPlace(NamedTuple):
    """One place of one list: its reward, and the probability of its item under the served and the other policy."""

    list_id: int
    reward: float
    propensity: float
    other_propensity: float


class Estimate(NamedTuple):
    mean: float
    margin: float  # of the 95 % interval
    effective: float  # effective sample size: so many places logged by the other policy would be as precise

    def covers(self, truth: float) -> bool:
        return abs(truth - self.mean) <= self.margin


class SimulatedQuestion(NamedTuple):
    pool: Pool
    contenders: Sequence[Contender]
    rewards: Mapping[str, tuple[float, float]]  # by key: the probability of a completion, and its effect


def snips(log: Sequence[LoggedPlace]) -> Estimate:
    """The estimate with its margin. Places of one list are not independent, so the variance is computed over lists."""
    weights = [place.other_propensity / place.propensity for place in log]
    total = sum(weights)
    mean = sum(w * place.reward for w, place in zip(weights, log, strict=True)) / total
    deviations: dict[int, float] = {}
    for weight, place in zip(weights, log, strict=True):
        deviations[place.list_id] = deviations.get(place.list_id, 0.0) + weight * (place.reward - mean)
    spread = sqrt(
        sum(deviation * deviation for deviation in deviations.values()) * len(deviations) / (len(deviations) - 1)
    )
    return Estimate(mean, Z_95 * spread / total, total * total / sum(w * w for w in weights))


def questions_from(histories: Sequence[SimulatedHistory]) -> list[SimulatedQuestion]:
    """A question for each person and quadrant."""
    return [_question(history, quadrant) for history in histories for quadrant in MOOD_BY_QUADRANT]


def _question(history: SimulatedHistory, quadrant: Quadrant) -> SimulatedQuestion:
    person, day = history.person, history.entries[-1].at / DAY
    pool = pool_for(person.world.candidates[quadrant], history.population, Situation())
    served = CandidateScorer(
        pool, PersonKnowledge(history.population, beliefs_from(history.sums, history.population), history.taste), day
    )
    rewards = {
        key: (1 / (1 + exp(0.5 - person.appeal[item.content.kind])), person.uplift(item.content, quadrant))
        for key, item in pool.by_key.items()
    }
    return SimulatedQuestion(pool, served.contenders(()), rewards)


def estimate_from_log(questions: Sequence[SimulatedQuestion], lists: int, rng: Random) -> tuple[Estimate, float]:
    """The estimate from one simulated log, and the true value. The other policy has half as much noise."""
    log: list[LoggedPlace] = []
    truths: list[float] = []
    for list_id in range(lists):
        for place, truth in _logged_list(rng.choice(questions), list_id, rng):
            log.append(place)
            truths.append(truth)
    return snips(log), sum(truths) / len(truths)


def _logged_list(question: SimulatedQuestion, list_id: int, rng: Random) -> Iterator[tuple[LoggedPlace, float]]:
    left = dict(question.pool.by_key)
    served = Race(question.contenders, rng)
    other = Race(question.contenders, rng, noise_scale=OTHER_NOISE_SCALE)
    for _ in range(LIST_LENGTH):
        item = rng.choice(list(left.values())) if rng.random() < EXPLORATION_FLOOR else served.leader()[0].item
        truth = _expected_reward(question, other, left)
        completion_probability, effect = question.rewards[item.key]
        reward = rng.gauss(effect, REWARD_NOISE) if rng.random() < completion_probability else 0.0
        chances = [
            (1 - EXPLORATION_FLOOR) * race.win_probability(item) + EXPLORATION_FLOOR / len(left)
            for race in (served, other)
        ]
        yield LoggedPlace(list_id, reward, *chances), truth
        served.remove(item.content.kind)
        other.remove(item.content.kind)
        del left[item.key]


def _expected_reward(question: SimulatedQuestion, race: Race, left: Mapping[str, object]) -> float:
    expected = {
        key: completion_probability * effect for key, (completion_probability, effect) in question.rewards.items()
    }
    items = [contender.item for _, contender in race.running.values()]
    by_race = sum(race.win_probability(item) * expected[item.key] for item in items)
    return (1 - EXPLORATION_FLOOR) * by_race + EXPLORATION_FLOOR * sum(expected[key] for key in left) / len(left)
