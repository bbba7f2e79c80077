"""What another policy would have been worth, told from the log of the one that is served.

The estimate is self-normalised (SNIPS), place by place: what each place would have earned had the other policy filled
it, the places above being as they were. Everything it needs stands in the log: the reward, and the propensity.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import exp, sqrt
from random import Random
from typing import NamedTuple

from infra.evaluate.simulation import LIST_LENGTH, History
from infra.evaluate.world import DAY, MOOD_BY_QUADRANT
from shared.moods import Quadrant
from shared.ranking.beliefs import beliefs_from
from shared.ranking.contenders import CandidateScorer, Contender, PersonKnowledge
from shared.ranking.policy import EXPLORATION_FLOOR, NOISE_SCALE, Race
from shared.ranking.pool import Pool, Situation, pool_for

Z_95 = 1.96
OTHER_NOISE_SCALE = NOISE_SCALE / 2
REWARD_NOISE = 0.8  # how far a mood strays by itself


class LoggedPlace(NamedTuple):
    """One place of one list: what came of it, and how likely it was to be filled so, then and by the other policy."""

    list_id: int
    reward: float
    propensity: float
    would_be: float


class Estimate(NamedTuple):
    mean: float
    margin: float  # of the 95 % interval
    effective: float  # how many places the other policy itself would have had to fill to tell as much

    def covers(self, truth: float) -> bool:
        return abs(truth - self.mean) <= self.margin


class SimulatedQuestion(NamedTuple):
    pool: Pool
    contenders: Sequence[Contender]
    rewards: Mapping[str, tuple[float, float]]  # how likely a content is taken up, and what it then does


def snips(log: Sequence[LoggedPlace]) -> Estimate:
    """Places of one list share a person and a moment, so the margin goes by lists."""
    weights = [place.would_be / place.propensity for place in log]
    total = sum(weights)
    mean = sum(w * place.reward for w, place in zip(weights, log, strict=True)) / total
    off: dict[int, float] = {}
    for weight, place in zip(weights, log, strict=True):
        off[place.list_id] = off.get(place.list_id, 0.0) + weight * (place.reward - mean)
    spread = sqrt(sum(each * each for each in off.values()) * len(off) / (len(off) - 1))
    return Estimate(mean, Z_95 * spread / total, total * total / sum(w * w for w in weights))


def simulated_questions(histories: Sequence[History]) -> list[SimulatedQuestion]:
    """The other policy tries out less: it draws half as far."""
    return [_moment(history, quadrant) for history in histories for quadrant in MOOD_BY_QUADRANT]


def _moment(history: History, quadrant: Quadrant) -> SimulatedQuestion:
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


def estimate_from_log(moments: Sequence[SimulatedQuestion], lists: int, rng: Random) -> tuple[Estimate, float]:
    """The estimate from one log, and the truth of it."""
    log: list[LoggedPlace] = []
    truths: list[float] = []
    for list_id in range(lists):
        for place, truth in _logged_list(rng.choice(moments), list_id, rng):
            log.append(place)
            truths.append(truth)
    return snips(log), sum(truths) / len(truths)


def _logged_list(moment: SimulatedQuestion, list_id: int, rng: Random) -> Iterator[tuple[LoggedPlace, float]]:
    left = dict(moment.pool.by_key)
    served = Race(moment.contenders, rng)
    other = Race(moment.contenders, rng, noise_scale=OTHER_NOISE_SCALE)
    for _ in range(LIST_LENGTH):
        item = rng.choice(list(left.values())) if rng.random() < EXPLORATION_FLOOR else served.leader()[0].item
        truth = _expected_reward(moment, other, left)
        likely, does = moment.rewards[item.key]
        reward = rng.gauss(does, REWARD_NOISE) if rng.random() < likely else 0.0
        chances = [
            (1 - EXPLORATION_FLOOR) * race.win_probability(item) + EXPLORATION_FLOOR / len(left)
            for race in (served, other)
        ]
        yield LoggedPlace(list_id, reward, *chances), truth
        served.remove(item.content.kind)
        other.remove(item.content.kind)
        del left[item.key]


def _expected_reward(moment: SimulatedQuestion, race: Race, left: Mapping[str, object]) -> float:
    worth = {key: likely * does for key, (likely, does) in moment.rewards.items()}
    items = [contender.item for _, contender in race.running.values()]
    by_race = sum(race.win_probability(item) * worth[item.key] for item in items)
    return (1 - EXPLORATION_FLOOR) * by_race + EXPLORATION_FLOOR * sum(worth[key] for key in left) / len(left)
