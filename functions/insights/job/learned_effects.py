"""Effects of content and practices on a person, from what `recommend` has learned about them (docs/ranking.md).

They count beyond what studies lead one to expect, so that no study is told as an insight about the person. They are
posteriors, which need no correction for many tests: one is found if its 95 % interval excludes 0.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple
from uuid import UUID

from functions.insights.job.insight_changes import InsightEstimate
from functions.insights.job.rules.association import ENDING_LEVEL
from functions.insights.records import Finding
from shared.confidence_intervals import NORMAL
from shared.ranking.lessons import POINTS_PER_SD

LEVEL = 0.95
FEWEST_TIMES = 5
ENDING = NormalDist().inv_cdf((1 + ENDING_LEVEL) / 2)


class LearnedEffect(NamedTuple):
    """One row of the beliefs, with the study prior that it comes on top of."""

    kind: str  # of insight: content or practice
    about: str
    mean: float
    sd: float
    times_done: int
    study_effect: float

    def excludes_zero(self, reach: float) -> bool:
        """Whether it helps more than studies say, or harms although studies say that it helps."""
        return self.mean - reach * self.sd > 0 or self.mean + self.study_effect + reach * self.sd < 0


def content_ids(beliefs: Mapping[str, Mapping[str, Sequence[float]]]) -> list[UUID]:
    return [UUID(content_id) for content_id in beliefs.get("contents", {})]


def learned_effects(
    beliefs: Mapping[str, Mapping[str, Sequence[float]]],
    study_effects: Mapping[str, float],
    own_sd: float,
    window: tuple[date, date],
) -> Iterator[tuple[InsightEstimate, bool]]:
    """Every effect as an estimate, and whether it is found. `study_effects` are by content id and by kind."""
    for learned in _read(beliefs, study_effects):
        is_found = learned.times_done >= FEWEST_TIMES and learned.excludes_zero(NORMAL)
        yield InsightEstimate(_finding(learned, own_sd, window), not learned.excludes_zero(ENDING)), is_found


def _read(
    beliefs: Mapping[str, Mapping[str, Sequence[float]]], study_effects: Mapping[str, float]
) -> Iterator[LearnedEffect]:
    for insight_kind, rows in (("practice", beliefs.get("kinds", {})), ("content", beliefs.get("contents", {}))):
        for about, (mean, variance, times_done, _) in rows.items():
            if insight_kind == "practice" or about in study_effects:  # content may have been deleted
                study_effect = study_effects.get(about, 0.0)
                yield LearnedEffect(insight_kind, about, mean, sqrt(variance), int(times_done), study_effect)


def _finding(learned: LearnedEffect, own_sd: float, window: tuple[date, date]) -> Finding:
    effect, reach = learned.mean * POINTS_PER_SD, NORMAL * learned.sd * POINTS_PER_SD
    return Finding(
        kind=learned.kind,
        about=learned.about,
        names=[learned.about],
        outcome="valence",
        lag=0,
        unit=1.0,
        effect=effect,
        effect_sd=effect / own_sd,
        low=effect - reach,
        high=effect + reach,
        level=LEVEL,
        adjusted_p=None,
        n_with=learned.times_done,
        n_without=None,
        n_effective=None,
        first_day=window[0],
        last_day=window[1],
        forgets_tags=False,
    )
