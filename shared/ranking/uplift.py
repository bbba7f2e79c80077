"""Learns what lifts a person: the mood after an activity, less the mood that was expected without it.

A person is stored as sums. Each lesson is added to them, and they fit in one small JSON document. docs/ranking.md
explains the model. Pure: no clock, no I/O.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import sqrt
from typing import Any, NamedTuple

from shared.moods import Quadrant
from shared.ranking.lessons import LONGEST_WINDOW, Completion, Lesson, MoodPoint, lesson_between
from shared.ranking.population import GAPS, Belief, Population, season
from shared.ranking.rounding import rounded

PRIOR_OBSERVATIONS = 8  # the weight of the assumption that a person's moods vary as much as everyone's
MAX_CONTENTS = 24


class ExpectedMood(NamedTuple):
    mean: float
    sd: float


class Tally(NamedTuple):
    """Sums of weighted surprises, and of their leverage: how much each changes with the person's level and inertia."""

    weight: float = 0.0
    total: float = 0.0
    level: float = 0.0
    inertia: float = 0.0
    squared_weights: float = 0.0  # summed over the contents within
    times_done: int = 0
    times_better: int = 0

    def __add__(self, other: tuple[float, ...]) -> "Tally":  # type: ignore[override]
        return Tally(*(a + b for a, b in zip(self, other, strict=True)))  # type: ignore[arg-type]

    def without(self, part: "Tally") -> "Tally":
        """This tally less one of the contents within."""
        return Tally(
            self.weight - part.weight,
            self.total - part.total,
            self.level - part.level,
            self.inertia - part.inertia,
            max(self.squared_weights - part.weight * part.weight, 0.0),
            self.times_done - part.times_done,
            self.times_better - part.times_better,
        )


class PairSums(NamedTuple):
    """Sums over pairs of moods with nothing done in between, after removing hour and weekday effects."""

    n: int = 0
    before: float = 0.0
    after: float = 0.0
    before_squared: float = 0.0
    product: float = 0.0
    after_squared: float = 0.0


SeasonSums = Sequence[Sequence[float]]  # count and sum by three-hour class or weekday, as JSON gives them


@dataclass(frozen=True, slots=True)
class PersonSums:
    pairs: Sequence[PairSums] = (PairSums(),) * (len(GAPS) + 1)
    kinds: Mapping[str, Tally] = field(default_factory=dict)
    contents: Mapping[str, Mapping[str, Tally]] = field(default_factory=dict)  # by kind
    quadrants: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)  # weight and total by kind
    hours: SeasonSums = field(default_factory=lambda: [[0, 0.0]] * 8)
    weekdays: SeasonSums = field(default_factory=lambda: [[0, 0.0]] * 7)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "PersonSums":
        """Read what `to_json` wrote."""
        if not document:
            return cls()
        pairs, kinds, contents, *rest = (document[name] for name in cls.__slots__)
        content_tallies = {kind: _tallies_from(tallies) for kind, tallies in contents.items()}
        return cls(tuple(map(PairSums._make, pairs)), _tallies_from(kinds), content_tallies, *rest)

    def to_json(self) -> dict[str, object]:
        return {name: rounded(getattr(self, name)) for name in self.__slots__}


NO_SUMS = PersonSums()


class Baseline(NamedTuple):
    """How this person differs from the population when nothing is done: their level and their inertia."""

    level: float
    inertia: float
    level_variance: float  # with the next two fields: the covariance matrix of level and inertia
    covariance: float
    inertia_variance: float
    noise: float  # the variance of their moods, as a multiple of everyone's

    def deviation(self, level: float, inertia: float) -> Belief:
        """Mean and variance of the deviation from the population, for this leverage of level and inertia."""
        variance = (
            level * level * self.level_variance
            + 2 * level * inertia * self.covariance
            + inertia * inertia * self.inertia_variance
        )
        return level * self.level + inertia * self.inertia, variance


def learn_history(
    entries: Sequence[MoodPoint],
    completed: Sequence[Completion],
    population: Population,
    person: PersonSums = NO_SUMS,
    learned_entries: int = 0,
) -> PersonSums:
    """Learn a history, oldest first. With `person`, continue after its first `learned_entries` entries."""
    window_start = window_end = 0
    for before, entry in pairwise(entries[max(learned_entries - 1, 0) :]):
        while window_end < len(completed) and completed[window_end].at < entry.at:
            window_end += 1
        while window_start < window_end and completed[window_start].at < entry.at - LONGEST_WINDOW:
            window_start += 1
        if lesson := lesson_between(before, entry, completed[window_start:window_end]):
            person = with_lesson(person, lesson, population)
    return person


def expected_mood(person: PersonSums, population: Population, lesson: Lesson) -> ExpectedMood:
    """The mood to expect with nothing done: it returns from the mood before towards the person's level."""
    baseline = estimate_baseline(person, population)
    gap = _gap(lesson)
    level, inertia = _leverage(population, lesson, gap)
    deviation, variance = baseline.deviation(level, inertia)
    mean = lesson.after.value - _surprise(population, lesson, gap) + deviation
    return ExpectedMood(mean, sqrt(population.noise[gap] * baseline.noise + variance))


def with_lesson(person: PersonSums, lesson: Lesson, population: Population) -> PersonSums:
    """The person's sums with one more lesson."""
    if not lesson.done:
        return _with_pair(person, lesson, population)
    baseline = estimate_baseline(person, population)
    gap = _gap(lesson)
    level, inertia = _leverage(population, lesson, gap)
    surprise = _surprise(population, lesson, gap)
    felt_better = surprise > baseline.deviation(level, inertia)[0]
    expectations = [
        _expected_effect(person, population, baseline, done, lesson.before.quadrant) for done in lesson.done
    ]
    expected_together, weight = sum(expectations), 1 / (population.noise[gap] * len(lesson.done))
    for completion, expectation in zip(lesson.done, expectations, strict=True):
        expected_of_others = expected_together - expectation
        remainder = surprise - completion.effect - expected_of_others
        observation = Tally(weight, weight * remainder, weight * level, weight * inertia, 0.0, 1, int(felt_better))
        person = _with_observation(person, completion, observation, lesson.before.quadrant, population, baseline)
    return person


def estimate_baseline(person: PersonSums, population: Population) -> Baseline:
    """Estimate level and inertia by Bayesian regression on the sums of pairs with nothing done in between."""
    middle = population.level
    a, b, c = 1 / population.level_variance, 0.0, 1 / population.inertia_variance
    u = v = squares = 0.0
    count = 0
    for (n, before, after, before_squared, product, after_squared), rho, noise in zip(
        person.pairs, population.rho, population.noise, strict=True
    ):
        if n:
            x, y = before - n * middle, after - n * middle
            xx = before_squared - 2 * middle * before + n * middle * middle
            xy = product - middle * (before + after) + n * middle * middle
            yy = after_squared - 2 * middle * after + n * middle * middle
            pull = 1 - rho
            a += n * pull * pull / noise
            b += pull * rho * x / noise
            c += rho * rho * xx / noise
            u += pull * (y - rho * x) / noise
            v += rho * (xy - rho * xx) / noise
            squares += (yy - 2 * rho * xy + rho * rho * xx) / noise
            count += n
    det = a * c - b * b
    level, inertia = (c * u - b * v) / det, (a * v - b * u) / det
    unexplained = max(squares - level * u - inertia * v, 0.0)
    return Baseline(
        level, inertia, c / det, -b / det, a / det, (PRIOR_OBSERVATIONS + unexplained) / (PRIOR_OBSERVATIONS + count)
    )


def personal_kind_effect(tally: Tally | None, prior: Belief, baseline: Baseline, within: float) -> Belief:
    """The effect of a kind on this person beyond the study prior, in any mood."""
    return combine(prior, tally_estimate(tally, baseline, within)) if tally else prior


def personal_content_effect(  # noqa: PLR0913, PLR0917 - two levels of estimates
    tally: Tally, kind_tally: Tally, prior: Belief, offset: Belief, baseline: Baseline, within: float
) -> Belief:
    """The effect of one content: the prior comes from the other contents of its kind, then its own tally counts."""
    if kind_tally.times_done > tally.times_done:
        prior = combine(prior, tally_estimate(kind_tally.without(tally), baseline, within))
    return combine((prior[0] + offset[0], prior[1] + offset[1]), tally_estimate(tally, baseline, 0.0))


def combine(prior: Belief, estimate: Belief) -> Belief:
    trust = prior[1] / (prior[1] + estimate[1])
    return prior[0] + trust * (estimate[0] - prior[0]), trust * estimate[1]


def tally_estimate(tally: Tally, baseline: Baseline, within: float) -> Belief:
    """Mean and variance of the effect, estimated only from one tally."""
    weight, total, level, inertia, squared_weights, _, _ = tally
    deviation, variance = baseline.deviation(level / weight, inertia / weight)
    return total / weight - deviation, (baseline.noise + within * squared_weights / weight) / weight + variance


def posterior(  # noqa: PLR0913, PLR0917 - the person, the content and the situation
    person: PersonSums, population: Population, content_id: str, kind: str, quadrant: Quadrant, effect: float = 0.0
) -> tuple[float, float, int]:
    """The effect of a content on this person in that quadrant: mean, standard deviation, and how often it was done."""
    baseline, kind_tally, within = (
        estimate_baseline(person, population),
        person.kinds.get(kind),
        population.content_variance,
    )
    tally = person.contents.get(kind, {}).get(content_id)
    prior, offset = population.person_prior(kind), population.content_offset(content_id)
    if tally and kind_tally:
        mean, variance = personal_content_effect(tally, kind_tally, prior, offset, baseline, within)
    else:
        mean, variance = personal_kind_effect(kind_tally, prior, baseline, within)
        mean, variance = mean + offset[0], variance + offset[1]
    quadrant_effect = population.quadrant_effect(kind, quadrant)
    return (
        effect + quadrant_effect.mean + mean,
        sqrt(variance + quadrant_effect.variance),
        tally.times_done if tally else 0,
    )


def _gap(lesson: Lesson) -> int:
    return bisect_left(GAPS, lesson.after.at - lesson.before.at)


def _leverage(population: Population, lesson: Lesson, gap: int) -> tuple[float, float]:
    rho = population.rho[gap]
    return 1 - rho, rho * (_without_season(lesson.before, population) - population.level)


def _surprise(population: Population, lesson: Lesson, gap: int) -> float:
    """The mood after, minus the prediction from the population's level, autocorrelation, hours and weekdays."""
    before = _without_season(lesson.before, population) - population.level
    return _without_season(lesson.after, population) - population.level - population.rho[gap] * before


def _without_season(entry: MoodPoint, population: Population) -> float:
    return entry.value - season(population, entry.hour, entry.weekday)


def _expected_effect(
    person: PersonSums, population: Population, baseline: Baseline, done: Completion, quadrant: Quadrant
) -> float:
    prior = population.person_prior(done.kind)
    mean, _ = personal_kind_effect(person.kinds.get(done.kind), prior, baseline, population.content_variance)
    return done.effect + mean + population.quadrant_effect(done.kind, quadrant).mean


def _with_observation(  # noqa: PLR0913, PLR0917 - the parts of one observation
    person: PersonSums,
    done: Completion,
    observation: Tally,
    quadrant: Quadrant,
    population: Population,
    baseline: Baseline,
) -> PersonSums:
    """Add one observation to the sums of the content, of its kind, and of the quadrant (for the population tables)."""
    kind, weight = done.kind, observation.weight
    quadrant_mean = population.quadrant_effect(kind, quadrant).mean
    general_observation = observation._replace(total=observation.total - weight * quadrant_mean)
    contents = {**person.contents.get(kind, {})}
    earlier = contents.get(done.content_id, Tally())
    contents[done.content_id] = earlier + general_observation._replace(squared_weights=0.0)
    added_squares = (earlier.weight + weight) ** 2 - earlier.weight**2
    quadrant_sums = {**person.quadrants.get(kind, {})}
    sums = quadrant_sums.get(quadrant, (0.0, 0.0))
    quadrant_sums[quadrant] = [
        sums[0] + weight,
        sums[1] + observation.total - baseline.deviation(observation.level, observation.inertia)[0],
    ]
    return replace(
        person,
        kinds={
            **person.kinds,
            kind: person.kinds.get(kind, Tally()) + general_observation._replace(squared_weights=added_squares),
        },
        contents=_without_least_used({**person.contents, kind: contents}, done.content_id),
        quadrants={**person.quadrants, kind: quadrant_sums},
    )


def _without_least_used(contents: Mapping[str, Mapping[str, Tally]], newest: str) -> Mapping[str, Mapping[str, Tally]]:
    if sum(map(len, contents.values())) <= MAX_CONTENTS:
        return contents
    others = (
        (tally.weight, kind, key)
        for kind, tallies in contents.items()
        for key, tally in tallies.items()
        if key != newest
    )
    _, kind, least = min(others)
    return {**contents, kind: {key: tally for key, tally in contents[kind].items() if key != least}}


def _with_pair(person: PersonSums, lesson: Lesson, population: Population) -> PersonSums:
    gap, after = _gap(lesson), lesson.after
    x, y = _without_season(lesson.before, population), _without_season(after, population)
    pairs, pair = list(person.pairs), (1, x, y, x * x, x * y, y * y)
    pairs[gap] = PairSums(*(total + part for total, part in zip(person.pairs[gap], pair, strict=True)))  # type: ignore[arg-type]
    return replace(
        person,
        pairs=tuple(pairs),
        hours=_with_season_value(person.hours, after.hour // 3, after.value),
        weekdays=_with_season_value(person.weekdays, after.weekday, after.value),
    )


def _with_season_value(sums: SeasonSums, place: int, value: float) -> SeasonSums:
    n, total = sums[place]
    return [*sums[:place], [n + 1, total + value], *sums[place + 1 :]]


def _tallies_from(document: Mapping[str, Sequence[float]]) -> dict[str, Tally]:
    return {key: Tally._make(sums) for key, sums in document.items()}
