"""Simulated days of people whose true effects are known.

A mood a day on a scale of 1 to 5: an AR(1) process around 3.3 with sd 0.9, rounded and clipped. 40 tags that last for
days. At most one tag has an effect, which is added before rounding, or goes with a single mood. The other fields make
the world harder.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from statistics import NormalDist
from typing import Final

import numpy as np

from functions.insights.job.rules.daily_series import DailySeries, Numbers
from functions.insights.job.rules.mood_outcomes import NOT_TOLD, TOLD, frequent_moods

MEAN, SD = 3.3, 0.9
TAG_PHI = 0.6
FIRST_DAY = date(2026, 1, 1)
PLANTED: Final = "tag 00"
LOW = 2.5  # a mood below it is low
SHIFTED_MOOD: Final = "mood:anxious"  # the mood that the planted tag may go with
MOOD_SHARES = {SHIFTED_MOOD: 0.15, "mood:calm": 0.3, "mood:tired": 0.5}  # of the days on which each is told
MISSES, MISSES_WHEN_LOW = 0.10, 0.45
WEEKDAY_SD, TAG_WEEKDAY_SD = 0.35, 0.7
SHIFTS, SHIFT_SD = 2, 0.8
COPY_DIFFERS = 0.01  # share of the days
PREVALENCES = (0.1, 0.5)


@dataclass(frozen=True)
class InsightWorld:
    phi: float = 0.5
    effect: float = 0.0  # of the planted tag, in points
    tags: int = 40
    steps: int = 5  # of the scale of moods
    has_gaps: bool = False  # entries are missing, more often when the mood is low
    has_weekdays: bool = False  # cycles in mood and tags
    has_shifts: bool = False  # the level changes on two days
    has_copy: bool = False  # one tag is given nearly always with the planted one
    forgotten: float = 0.0  # share of the low days on which each tag is forgotten
    has_moods: bool = False  # single moods are outcomes as well
    mood_shift: float = 0.0  # by which the planted tag raises the share of days with the shifted mood

    def person(self, days: int, rng: np.random.Generator) -> "SimulatedDays":
        prevalence = rng.uniform(*PREVALENCES, self.tags)
        tags = self._tags(prevalence, days, rng)
        level = self.level(days, rng) + self.effect * tags[:, 0]
        moods, arousal = self.rounded(level), self.rounded(MEAN + SD * ar1(rng, self.phi, (days, 1))[:, 0])
        is_low = level < LOW
        tags *= ~((rng.random(tags.shape) < self.forgotten) & is_low[:, None])
        if self.has_gaps:
            missing = rng.random(days) < np.where(is_low, MISSES_WHEN_LOW, MISSES)
            moods[missing] = arousal[missing] = tags[missing] = np.nan
        mood = DailySeries(FIRST_DAY, moods, {f"tag {number:02}": tags[:, number] for number in range(self.tags)})
        single_moods = self._single_moods(mood, rng) if self.has_moods else ()
        return SimulatedDays(
            mood, replace(mood, outcome=arousal, outcome_name="arousal"), single_moods, float(prevalence[0])
        )

    def level(self, days: int, rng: np.random.Generator) -> Numbers:
        """The mood of each day before effects and rounding, on the scale of 1 to 5."""
        level: Numbers = MEAN + SD * ar1(rng, self.phi, (days, 1))[:, 0]
        if self.has_weekdays:
            level += rng.normal(0, WEEKDAY_SD, 7)[np.arange(days) % 7]
        if self.has_shifts:
            level += sum((np.arange(days) >= rng.integers(days)) * rng.normal(0, SHIFT_SD) for _ in range(SHIFTS))
        return level

    def rounded(self, level: Numbers) -> Numbers:
        """Levels between 1 and 5, as moods of the scale, on the plan's scale of -10 to 10."""
        top = self.steps - 1
        moods: Numbers = np.clip(np.round((level - 1) / 4 * top), 0, top) / top * 20 - 10
        return moods

    def _single_moods(self, mood: DailySeries, rng: np.random.Generator) -> tuple[DailySeries, ...]:
        """Each is told on its share of the days, and lasts as long as the mood of the day does."""
        latent = ar1(rng, self.phi, (len(mood.outcome), len(MOOD_SHARES)))
        quantiles = np.tile([NormalDist().inv_cdf(share) for share in MOOD_SHARES.values()], (len(latent), 1))
        if self.mood_shift:
            shifted = NormalDist().inv_cdf(MOOD_SHARES[SHIFTED_MOOD] + self.mood_shift)
            quantiles[mood.factors[PLANTED] > 0, 0] = shifted
        told = np.where(latent < quantiles, TOLD, NOT_TOLD)
        return tuple(
            replace(mood, outcome=told[:, number], outcome_name=name) for number, name in enumerate(MOOD_SHARES)
        )

    def _tags(self, prevalence: Numbers, days: int, rng: np.random.Generator) -> Numbers:
        latent = ar1(rng, TAG_PHI, (days, self.tags))
        if self.has_weekdays:
            latent += rng.normal(0, TAG_WEEKDAY_SD, (7, self.tags))[np.arange(days) % 7]
        tags = (latent < [NormalDist().inv_cdf(share) for share in prevalence]).astype(float)
        if self.has_copy:
            tags[:, 1] = np.abs(tags[:, 0] - (rng.random(days) < COPY_DIFFERS))
        return tags

    @cached_property
    def true_effect(self) -> float:
        """What the effect comes to on the plan's scale: a little less than 5 times as much, because of the clipping."""
        grid = np.array([NormalDist().inv_cdf((place + 0.5) / 10_000) for place in range(10_000)])
        means = [self.rounded(MEAN + SD * grid + effect).mean() for effect in (self.effect, 0.0)]
        return float(means[0] - means[1])


@dataclass(frozen=True)
class SimulatedDays:
    mood: DailySeries
    arousal: DailySeries  # nothing has an effect on it
    single_moods: tuple[DailySeries, ...]
    prevalence: float  # of the planted tag

    @property
    def others(self) -> list[DailySeries]:
        """The outcomes that are tested beside the mood of the day."""
        return [self.arousal, *frequent_moods(self.single_moods)]

    def until(self, day: int) -> "SimulatedDays":
        single_moods = tuple(_until(series, day) for series in self.single_moods)
        return SimulatedDays(_until(self.mood, day), _until(self.arousal, day), single_moods, self.prevalence)


def _until(series: DailySeries, day: int) -> DailySeries:
    factors = {name: tag[:day] for name, tag in series.factors.items()}
    return replace(series, outcome=series.outcome[:day], factors=factors)


def ar1(rng: np.random.Generator, phi: float, shape: tuple[int, int]) -> Numbers:
    """Columns of AR(1) processes with variance 1."""
    values = rng.normal(size=shape)
    for day in range(1, shape[0]):
        values[day] = phi * values[day - 1] + np.sqrt(1 - phi**2) * values[day]
    return values
