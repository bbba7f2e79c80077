"""An upper limit of what moods can tell about the effects of kinds on a person.

A Kalman filter that knows the simulated world and the person, except for the effects of kinds on that person and for
the effects of single contents on that person. It does not model which check-ins are missed.
"""

from math import sqrt

import numpy as np

from infra.evaluate.policies import StaticPolicy, best_by_kind
from infra.evaluate.simulation import SimulatedHistory
from infra.evaluate.world import INERTIA_HOURS, KINDS, Life, SimulatedPerson
from shared.ranking import Candidate
from shared.ranking.lessons import DEFAULT_WINDOW, WINDOWS, Completion, MoodPoint
from shared.ranking.policy import UNCERTAINTY_BONUS

EFFECT_AFTER_WINDOW = 1 / 3  # the share of the effect that remains after the window
STATE_INDEX = {kind: index for index, kind in enumerate(KINDS, start=1)}  # index 0 is the mood


class InformedOracle(StaticPolicy):
    def __init__(self, person: SimulatedPerson) -> None:
        self._person, self._at, self._observed = person, Life(person).at, 0
        self._mood_variance = person.spread**2 - person.report_noise**2
        self._mean = np.zeros(1 + len(KINDS))
        self._covariance = np.diag([self._mood_variance, *[person.world.truth.person_sd**2] * len(KINDS)])
        self._contents = {str(content.id): content for content in person.world.contents}

    def show(self, entry: MoodPoint, history: SimulatedHistory) -> list[Candidate]:
        """The best of each kind, with the same uncertainty bonus as the ranking."""
        self._update(history)
        person = self._person

        def estimate(content: Candidate) -> float:
            index = STATE_INDEX[content.kind]
            unknown_part = person.kind_offsets[content.kind] + person.content_offsets[str(content.id)]
            bonus = UNCERTAINTY_BONUS * sqrt(self._covariance[index, index])
            return person.uplift(content, entry.quadrant) - unknown_part + float(self._mean[index]) + bonus

        return best_by_kind(person.world.contents, estimate)

    def uplifts(self, history: SimulatedHistory) -> dict[str, float]:
        """The estimated effect of each kind on the person so far."""
        self._update(history)
        return {kind: self._person.world.kinds[kind] + float(self._mean[index]) for kind, index in STATE_INDEX.items()}

    def _update(self, history: SimulatedHistory) -> None:
        for entry in history.entries[self._observed :]:
            self._predict(entry.at, history)
            self._observe(entry)
        self._observed = len(history.entries)

    def _predict(self, at: float, history: SimulatedHistory) -> None:
        decay = self._person.inertia ** ((at - self._at) / INERTIA_HOURS)
        self._mean[0] *= decay
        self._covariance[0] *= decay
        self._covariance[:, 0] *= decay
        self._covariance[0, 0] += self._mood_variance * (1 - decay * decay)
        for done in history.done:
            if self._at < done.at + WINDOWS.get(done.kind, DEFAULT_WINDOW).opens <= at:
                self._apply_completion(done, at, history)
        self._at = at

    def _apply_completion(self, done: Completion, at: float, history: SimulatedHistory) -> None:
        entry = next(entry for entry in reversed(history.entries) if entry.at <= done.at)
        known_part = (
            self._person.uplift(self._contents[done.content_id], entry.quadrant) - self._person.kind_offsets[done.kind]
        )
        share = 1.0 if at <= done.at + WINDOWS.get(done.kind, DEFAULT_WINDOW).closes else EFFECT_AFTER_WINDOW
        transition = np.eye(len(self._mean))
        transition[0, STATE_INDEX[done.kind]] = share
        self._mean = transition @ self._mean
        self._mean[0] += share * known_part
        self._covariance = transition @ self._covariance @ transition.T

    def _observe(self, entry: MoodPoint) -> None:
        person, world = self._person, self._person.world
        expected = person.level + world.hours[entry.hour // 3] + world.weekdays[entry.weekday]
        gain = self._covariance[:, 0] / (self._covariance[0, 0] + person.report_noise**2)
        self._mean += gain * (entry.value - expected - self._mean[0])
        self._covariance = self._covariance - np.outer(gain, self._covariance[0])
