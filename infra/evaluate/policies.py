"""The served ranking, and the policies that it is compared with."""

from collections import Counter
from collections.abc import Callable, Sequence
from heapq import nlargest
from uuid import UUID

import numpy as np

from infra.evaluate.simulation import LIST_LENGTH, SimulatedHistory
from infra.evaluate.world import DAY, KINDS, SimulatedPerson, seeded_random
from shared.ranking import Candidate
from shared.ranking.beliefs import beliefs_from
from shared.ranking.eligibility import Situation
from shared.ranking.lessons import Completion, MoodPoint
from shared.ranking.person_scores import PersonKnowledge
from shared.ranking.policy import rank


class StaticPolicy:
    """A policy that learns nothing itself."""

    def learn(self, before: MoodPoint, after: MoodPoint, done: Sequence[Completion]) -> None: ...


class ServedPolicy(StaticPolicy):
    """This policy ranks with the same code as production."""

    def __init__(self, person: SimulatedPerson) -> None:
        self._rng = seeded_random("served", person.world.seed, person.number)
        self._shown_days: dict[str, float] = {}

    def show(self, entry: MoodPoint, history: SimulatedHistory) -> list[Candidate]:
        knowledge = PersonKnowledge(
            history.population,
            beliefs_from(history.sums, history.population),
            history.taste,
            shown_days=self._shown_days,
        )
        candidates = history.person.world.candidates[entry.quadrant]
        situation = Situation(
            day=entry.at / DAY
        )  # no hour, because the other policies do not exclude items at night either
        ranked = rank(candidates, UUID(int=self._rng.getrandbits(128)), LIST_LENGTH, situation, knowledge)
        self._shown_days |= {str(scored.content.id): situation.day for scored in ranked}
        return [scored.content for scored in ranked]


class RandomPolicy(StaticPolicy):
    def __init__(self, person: SimulatedPerson) -> None:
        self._rng = seeded_random("chance", person.world.seed, person.number)

    def show(self, _: MoodPoint, history: SimulatedHistory) -> list[Candidate]:
        contents = history.person.world.contents
        return [self._rng.choice([c for c in contents if c.kind == k]) for k in self._rng.sample(KINDS, LIST_LENGTH)]


class PopularityPolicy(StaticPolicy):
    """The contents that most people completed, of five kinds."""

    def __init__(self, done: Counter[str]) -> None:
        self._done = done

    def show(self, _: MoodPoint, history: SimulatedHistory) -> list[Candidate]:
        return best_by_kind(history.person.world.contents, lambda content: self._done[str(content.id)])


class Oracle(StaticPolicy):
    def show(self, entry: MoodPoint, history: SimulatedHistory) -> list[Candidate]:
        person = history.person
        return best_by_kind(person.world.contents, lambda content: person.uplift(content, entry.quadrant))


class KindOracle(StaticPolicy):
    """Knows the true effects of kinds on the person, and the studies of contents: the limit of learning by kind."""

    def show(self, _: MoodPoint, history: SimulatedHistory) -> list[Candidate]:
        person = history.person
        return best_by_kind(
            person.world.contents, lambda content: person.kind_uplift(content.kind) + (content.effect or 0.0)
        )


class LinUcb:
    """LinUCB as it is commonly set up: a ridge regression of the change of mood on kind, mood and studies.

    It does not account for the change that happens without any activity.
    """

    ALPHA = 1.0

    def __init__(self, person: SimulatedPerson) -> None:
        size = len(KINDS) + 3
        self._inverse, self._sums = np.eye(size), np.zeros(size)
        self._contents = {str(content.id): content for content in person.world.contents}

    def show(self, entry: MoodPoint, history: SimulatedHistory) -> list[Candidate]:
        contents = history.person.world.contents
        features = np.array([_features(content, entry) for content in contents])
        weights = self._inverse @ self._sums
        width = np.sqrt(np.einsum("ij,jk,ik->i", features, self._inverse, features))
        bound = dict(zip(contents, features @ weights + self.ALPHA * width, strict=True))
        return best_by_kind(contents, bound.__getitem__)

    def learn(self, before: MoodPoint, after: MoodPoint, done: Sequence[Completion]) -> None:
        for each in done:
            x = np.array(_features(self._contents[each.content_id], before))
            moved = self._inverse @ x
            self._inverse -= np.outer(moved, moved) / (1 + x @ moved)
            self._sums += (after.value - before.value) * x


def _features(content: Candidate, entry: MoodPoint) -> list[float]:
    return [*(float(content.kind == kind) for kind in KINDS), entry.value, content.effect or 0.0, 1.0]


def best_by_kind(contents: Sequence[Candidate], worth: Callable[[Candidate], float]) -> list[Candidate]:
    best: dict[str, Candidate] = {}
    for content in contents:
        if content.kind not in best or worth(content) > worth(best[content.kind]):
            best[content.kind] = content
    return nlargest(LIST_LENGTH, best.values(), key=worth)
