"""The most that moods can tell of how kinds suit a person: what is left to find out when all else is known.

A Kalman filter, told the world and the person but for the one thing the ranking is after, and but for what single
contents do for nobody else. Only who misses a check-in when low is beyond it.
"""

from math import sqrt

import numpy as np

from infra.evaluate.living import Story
from infra.evaluate.policies import Deaf, best_of_kinds
from infra.evaluate.world import KINDS, LASTING_HOURS, Human, Life
from shared.ranking import Candidate
from shared.ranking.lessons import DEFAULT_WINDOW, WINDOWS, Completion, MoodPoint
from shared.ranking.policy import UNCERTAINTY_BONUS

LATE = 1 / 3  # of what a thing does, what is met when its window has closed
PLACE = {kind: place for place, kind in enumerate(KINDS, start=1)}  # the first is the mood


class Informed(Deaf):
    def __init__(self, human: Human) -> None:
        self._human, self._at, self._heard = human, Life(human).at, 0
        self._restless = human.spread**2 - human.blur**2
        self._mean = np.zeros(1 + len(KINDS))
        self._doubt = np.diag([self._restless, *[human.world.truth.persons**2] * len(KINDS)])
        self._contents = {str(content.id): content for content in human.world.contents}

    def show(self, entry: MoodPoint, story: Story) -> list[Candidate]:
        """As the ranking does: what it is less sure of starts ahead."""
        self._listen(story)
        human = self._human

        def start(content: Candidate) -> float:
            place = PLACE[content.kind]
            hidden = human.suits[content.kind] + human.own[str(content.id)]
            ahead = UNCERTAINTY_BONUS * sqrt(self._doubt[place, place])
            return human.uplift(content, entry.quadrant) - hidden + float(self._mean[place]) + ahead

        return best_of_kinds(human.world.contents, start)

    def uplifts(self, story: Story) -> dict[str, float]:
        """Of each kind, by all that has happened so far."""
        self._listen(story)
        return {kind: self._human.world.kinds[kind] + float(self._mean[place]) for kind, place in PLACE.items()}

    def _listen(self, story: Story) -> None:
        for entry in story.entries[self._heard :]:
            self._pass_time(entry.at, story)
            self._hear(entry)
        self._heard = len(story.entries)

    def _pass_time(self, at: float, story: Story) -> None:
        keeps = self._human.lasting ** ((at - self._at) / LASTING_HOURS)
        self._mean[0] *= keeps
        self._doubt[0] *= keeps
        self._doubt[:, 0] *= keeps
        self._doubt[0, 0] += self._restless * (1 - keeps * keeps)
        for done in story.done:
            if self._at < done.at + WINDOWS.get(done.kind, DEFAULT_WINDOW).opens <= at:
                self._feel(done, at, story)
        self._at = at

    def _feel(self, done: Completion, at: float, story: Story) -> None:
        met = next(entry for entry in reversed(story.entries) if entry.at <= done.at)
        known = self._human.uplift(self._contents[done.content_id], met.quadrant) - self._human.suits[done.kind]
        share = 1.0 if at <= done.at + WINDOWS.get(done.kind, DEFAULT_WINDOW).closes else LATE
        moves = np.eye(len(self._mean))
        moves[0, PLACE[done.kind]] = share
        self._mean = moves @ self._mean
        self._mean[0] += share * known
        self._doubt = moves @ self._doubt @ moves.T

    def _hear(self, entry: MoodPoint) -> None:
        human, world = self._human, self._human.world
        usual = human.middle + world.hours[entry.hour // 3] + world.weekdays[entry.weekday]
        gain = self._doubt[:, 0] / (self._doubt[0, 0] + human.blur**2)
        self._mean += gain * (entry.value - usual - self._mean[0])
        self._doubt = self._doubt - np.outer(gain, self._doubt[0])
