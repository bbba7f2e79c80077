"""What another policy would have been worth, told from the log of the one that is served.

The estimate is self-normalised (SNIPS), place by place: what each place would have earned had the other policy filled
it, the places above being as they were. Everything it needs stands in the log: the reward, and the propensity.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import exp, sqrt
from random import Random
from typing import NamedTuple

from infra.evaluate.living import SHOWN, Story
from infra.evaluate.world import DAY, MOOD_OF
from shared.moods import Quadrant
from shared.ranking.beliefs import beliefs_from
from shared.ranking.contenders import CandidateScorer, Contender, PersonKnowledge
from shared.ranking.policy import EXPLORATION_FLOOR, NOISE_SCALE, Race
from shared.ranking.pool import Pool, Situation, pool_for

CONFIDENT = 1.96
SHY = NOISE_SCALE / 2
RESTLESS = 0.8  # how far a mood strays by itself


class Logged(NamedTuple):
    """One place of one list: what came of it, and how likely it was to be filled so, then and by the other policy."""

    list_id: int
    reward: float
    propensity: float
    would_be: float


class Value(NamedTuple):
    mean: float
    margin: float  # of the 95 % interval
    effective: float  # how many places the other policy itself would have had to fill to tell as much

    def covers(self, truth: float) -> bool:
        return abs(truth - self.mean) <= self.margin


class Moment(NamedTuple):
    pool: Pool
    contenders: Sequence[Contender]
    rewards: Mapping[str, tuple[float, float]]  # how likely a content is taken up, and what it then does


def snips(log: Sequence[Logged]) -> Value:
    """Places of one list share a person and a moment, so the margin goes by lists."""
    weights = [place.would_be / place.propensity for place in log]
    total = sum(weights)
    mean = sum(w * place.reward for w, place in zip(weights, log, strict=True)) / total
    off: dict[int, float] = {}
    for weight, place in zip(weights, log, strict=True):
        off[place.list_id] = off.get(place.list_id, 0.0) + weight * (place.reward - mean)
    spread = sqrt(sum(each * each for each in off.values()) * len(off) / (len(off) - 1))
    return Value(mean, CONFIDENT * spread / total, total * total / sum(w * w for w in weights))


def moments(stories: Sequence[Story]) -> list[Moment]:
    """The other policy tries out less: it draws half as far."""
    return [_moment(story, quadrant) for story in stories for quadrant in MOOD_OF]


def _moment(story: Story, quadrant: Quadrant) -> Moment:
    human, day = story.human, story.entries[-1].at / DAY
    pool = pool_for(human.world.candidates[quadrant], story.population, Situation())
    served = CandidateScorer(
        pool, PersonKnowledge(story.population, beliefs_from(story.person, story.population), story.taste), day
    )
    rewards = {
        key: (1 / (1 + exp(0.5 - human.appeal[choice.content.kind])), human.uplift(choice.content, quadrant))
        for key, choice in pool.by_key.items()
    }
    return Moment(pool, served.contenders(()), rewards)


def run(moments: Sequence[Moment], lists: int, luck: Random) -> tuple[Value, float]:
    """The estimate from one log, and the truth of it."""
    log: list[Logged] = []
    truths: list[float] = []
    for list_id in range(lists):
        for place, truth in _list(luck.choice(moments), list_id, luck):
            log.append(place)
            truths.append(truth)
    return snips(log), sum(truths) / len(truths)


def _list(moment: Moment, list_id: int, luck: Random) -> Iterator[tuple[Logged, float]]:
    left = dict(moment.pool.by_key)
    served = Race(moment.contenders, luck)
    other = Race(moment.contenders, luck, boldness=SHY)
    for _ in range(SHOWN):
        choice = luck.choice(list(left.values())) if luck.random() < EXPLORATION_FLOOR else served.first()[0].choice
        truth = _worth(moment, other, left)
        likely, does = moment.rewards[choice.key]
        reward = luck.gauss(does, RESTLESS) if luck.random() < likely else 0.0
        chances = [
            (1 - EXPLORATION_FLOOR) * race.chance(choice) + EXPLORATION_FLOOR / len(left) for race in (served, other)
        ]
        yield Logged(list_id, reward, *chances), truth
        served.leave(choice.content.kind)
        other.leave(choice.content.kind)
        del left[choice.key]


def _worth(moment: Moment, race: Race, left: Mapping[str, object]) -> float:
    worth = {key: likely * does for key, (likely, does) in moment.rewards.items()}
    choices = [contender.choice for _, contender in race.running.values()]
    by_race = sum(race.chance(choice) * worth[choice.key] for choice in choices)
    return (1 - EXPLORATION_FLOOR) * by_race + EXPLORATION_FLOOR * sum(worth[key] for key in left) / len(left)
