"""The most that moods can tell of how kinds suit a person: what is left to find out when all else is known.

A Kalman filter, told the world and the person but for the one thing the ranking is after, and but for what single
contents do for nobody else. Only who misses a check-in when low is beyond it.
"""

from math import sqrt

import numpy as np

from infra.evaluate.policies import StaticPolicy, best_by_kind
from infra.evaluate.simulation import History
from infra.evaluate.world import KINDS, LASTING_HOURS, Life, SimulatedPerson
from shared.ranking import Candidate
from shared.ranking.lessons import DEFAULT_WINDOW, WINDOWS, Completion, MoodPoint
from shared.ranking.policy import UNCERTAINTY_BONUS

EFFECT_AFTER_WINDOW = 1 / 3  # of what a thing does, what is met when its window has closed
STATE_INDEX = {kind: place for place, kind in enumerate(KINDS, start=1)}  # the first is the mood


class InformedOracle(StaticPolicy):
    def __init__(self, person: SimulatedPerson) -> None:
        self._person, self._at, self._heard = person, Life(person).at, 0
        self._restless = person.spread**2 - person.blur**2
        self._mean = np.zeros(1 + len(KINDS))
        self._doubt = np.diag([self._restless, *[person.world.truth.persons**2] * len(KINDS)])
        self._contents = {str(content.id): content for content in person.world.contents}

    def show(self, entry: MoodPoint, history: History) -> list[Candidate]:
        """As the ranking does: what it is less sure of starts ahead."""
        self._listen(history)
        person = self._person

        def start(content: Candidate) -> float:
            place = STATE_INDEX[content.kind]
            hidden = person.suits[content.kind] + person.own[str(content.id)]
            ahead = UNCERTAINTY_BONUS * sqrt(self._doubt[place, place])
            return person.uplift(content, entry.quadrant) - hidden + float(self._mean[place]) + ahead

        return best_by_kind(person.world.contents, start)

    def uplifts(self, history: History) -> dict[str, float]:
        """Of each kind, by all that has happened so far."""
        self._listen(history)
        return {kind: self._person.world.kinds[kind] + float(self._mean[place]) for kind, place in STATE_INDEX.items()}

    def _listen(self, history: History) -> None:
        for entry in history.entries[self._heard :]:
            self._pass_time(entry.at, history)
            self._hear(entry)
        self._heard = len(history.entries)

    def _pass_time(self, at: float, history: History) -> None:
        keeps = self._person.lasting ** ((at - self._at) / LASTING_HOURS)
        self._mean[0] *= keeps
        self._doubt[0] *= keeps
        self._doubt[:, 0] *= keeps
        self._doubt[0, 0] += self._restless * (1 - keeps * keeps)
        for done in history.done:
            if self._at < done.at + WINDOWS.get(done.kind, DEFAULT_WINDOW).opens <= at:
                self._feel(done, at, history)
        self._at = at

    def _feel(self, done: Completion, at: float, history: History) -> None:
        met = next(entry for entry in reversed(history.entries) if entry.at <= done.at)
        known = self._person.uplift(self._contents[done.content_id], met.quadrant) - self._person.suits[done.kind]
        share = 1.0 if at <= done.at + WINDOWS.get(done.kind, DEFAULT_WINDOW).closes else EFFECT_AFTER_WINDOW
        moves = np.eye(len(self._mean))
        moves[0, STATE_INDEX[done.kind]] = share
        self._mean = moves @ self._mean
        self._mean[0] += share * known
        self._doubt = moves @ self._doubt @ moves.T

    def _hear(self, entry: MoodPoint) -> None:
        person, world = self._person, self._person.world
        usual = person.middle + world.hours[entry.hour // 3] + world.weekdays[entry.weekday]
        gain = self._doubt[:, 0] / (self._doubt[0, 0] + person.blur**2)
        self._mean += gain * (entry.value - usual - self._mean[0])
        self._doubt = self._doubt - np.outer(gain, self._doubt[0])
