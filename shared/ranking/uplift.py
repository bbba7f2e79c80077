"""Learns what lifts a person: the mood after something, less the mood that was to be expected without it.

A person is kept as sums, which grow by one lesson at a time and fit in one small JSON document. docs/ranking.md
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


class Expected(NamedTuple):
    mean: float
    sd: float


class Tally(NamedTuple):
    """Sums of weighted surprises, with their leverage: how much they change with the person's level and inertia."""

    weight: float = 0.0
    total: float = 0.0
    level: float = 0.0
    inertia: float = 0.0
    clusters: float = 0.0  # the sum of squared weights of the contents within
    times: int = 0
    better: int = 0

    def __add__(self, other: tuple[float, ...]) -> "Tally":  # type: ignore[override]
        return Tally(*(a + b for a, b in zip(self, other, strict=True)))  # type: ignore[arg-type]

    def without(self, part: "Tally") -> "Tally":
        weight, total, level, inertia, clusters, times, better = self
        less, total2, level2, inertia2, _, times2, better2 = part
        clusters = max(clusters - less * less, 0.0)
        return Tally(
            weight - less,
            total - total2,
            level - level2,
            inertia - inertia2,
            clusters,
            times - times2,
            better - better2,
        )


class PairSums(NamedTuple):
    """Sums over pairs of moods with nothing done in between, after removing hour and weekday effects."""

    n: int = 0
    before: float = 0.0
    after: float = 0.0
    before2: float = 0.0
    both: float = 0.0
    after2: float = 0.0


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
    def from_json(cls, kept: Mapping[str, Any]) -> "PersonSums":
        """From what `to_json` gave, by way of any JSON."""
        if not kept:
            return cls()
        pairs, kinds, contents, *rest = (kept[name] for name in cls.__slots__)
        of_kinds = {kind: _tallies_from(of_kind) for kind, of_kind in contents.items()}
        return cls(tuple(map(PairSums._make, pairs)), _tallies_from(kinds), of_kinds, *rest)

    def to_json(self) -> dict[str, object]:
        return {name: rounded(getattr(self, name)) for name in self.__slots__}


NO_SUMS = PersonSums()


class Baseline(NamedTuple):
    """How this person differs from the population when nothing is done: their level and their inertia."""

    level: float
    inertia: float
    level2: float  # these three: the covariance matrix of level and inertia
    both: float
    inertia2: float
    noise: float  # the variance of their moods over everyone's

    def deviation(self, level: float, inertia: float) -> Belief:
        """Mean and variance of the deviation from the population, for this leverage of level and inertia."""
        mine_level, mine_inertia, level2, both, inertia2, _ = self
        variance = level * level * level2 + 2 * level * inertia * both + inertia * inertia * inertia2
        return level * mine_level + inertia * mine_inertia, variance


def learn_history(
    entries: Sequence[MoodPoint],
    completed: Sequence[Completion],
    population: Population,
    person: PersonSums = NO_SUMS,
    known: int = 0,
) -> PersonSums:
    """Learn a history, oldest first. With `person`, continue after its first `known` entries."""
    done_from = done_to = 0
    for before, entry in pairwise(entries[max(known - 1, 0) :]):
        while done_to < len(completed) and completed[done_to].at < entry.at:
            done_to += 1
        while done_from < done_to and completed[done_from].at < entry.at - LONGEST_WINDOW:
            done_from += 1
        if lesson := lesson_between(before, entry, completed[done_from:done_to]):
            person = with_lesson(person, lesson, population)
    return person


def expected(person: PersonSums, population: Population, lesson: Lesson) -> Expected:
    """The mood to expect with nothing done: it returns from the mood before towards the person's level."""
    return _expected(baseline_of(person, population), population, lesson)


def _expected(baseline: Baseline, population: Population, lesson: Lesson) -> Expected:
    gap = _gap(lesson)
    level, inertia = _leverage(population, lesson, gap)
    apart, doubt = baseline.deviation(level, inertia)
    mean = lesson.after.value - _surprise(population, lesson, gap) + apart
    return Expected(mean, sqrt(population.noise[gap] * baseline.noise + doubt))


def with_lesson(person: PersonSums, lesson: Lesson, population: Population) -> PersonSums:
    """The person's sums with one more lesson."""
    if not lesson.done:
        return _with_pair(person, lesson, population)
    baseline = baseline_of(person, population)
    gap = _gap(lesson)
    level, inertia = _leverage(population, lesson, gap)
    surprise = _surprise(population, lesson, gap)
    better = surprise > baseline.deviation(level, inertia)[0]
    expectations = [
        _expected_effect(person, population, baseline, done, lesson.before.quadrant) for done in lesson.done
    ]
    together, weight = sum(expectations), 1 / (population.noise[gap] * len(lesson.done))
    for completion, expectation in zip(lesson.done, expectations, strict=True):
        left = surprise - completion.effect - (together - expectation)  # less what the others are expected to explain
        observation = Tally(weight, weight * left, weight * level, weight * inertia, 0.0, 1, int(better))
        person = _with_observation(person, completion, observation, lesson.before.quadrant, population, baseline)
    return person


def baseline_of(person: PersonSums, population: Population) -> Baseline:
    """Estimate level and inertia by Bayesian regression on the sums of pairs with nothing done in between."""
    middle = population.level
    a, b, c = 1 / population.level_variance, 0.0, 1 / population.inertia_variance
    u = v = squares = 0.0
    seen = 0
    for (n, before, after, before2, both, after2), rho, noise in zip(
        person.pairs, population.rho, population.noise, strict=True
    ):
        if n:
            x, y = before - n * middle, after - n * middle
            xx = before2 - 2 * middle * before + n * middle * middle
            xy = both - middle * (before + after) + n * middle * middle
            yy = after2 - 2 * middle * after + n * middle * middle
            back = 1 - rho
            a += n * back * back / noise
            b += back * rho * x / noise
            c += rho * rho * xx / noise
            u += back * (y - rho * x) / noise
            v += rho * (xy - rho * xx) / noise
            squares += (yy - 2 * rho * xy + rho * rho * xx) / noise
            seen += n
    det = a * c - b * b
    level, inertia = (c * u - b * v) / det, (a * v - b * u) / det
    unexplained = max(squares - level * u - inertia * v, 0.0)
    return Baseline(
        level, inertia, c / det, -b / det, a / det, (PRIOR_OBSERVATIONS + unexplained) / (PRIOR_OBSERVATIONS + seen)
    )


def kind_effect(tally: Tally | None, prior: Belief, baseline: Baseline, within: float) -> Belief:
    """The effect of a kind on this person beyond the study prior, in any mood."""
    return combined(prior, tally_estimate(tally, baseline, within)) if tally else prior


def content_effect(  # noqa: PLR0913, PLR0917 - two levels of what is known
    tally: Tally, of_kind: Tally, prior: Belief, offset: Belief, baseline: Baseline, within: float
) -> Belief:
    """The effect of one content: the prior comes from the other contents of its kind, then its own tally counts."""
    if of_kind.times > tally.times:
        prior = combined(prior, tally_estimate(of_kind.without(tally), baseline, within))
    return combined((prior[0] + offset[0], prior[1] + offset[1]), tally_estimate(tally, baseline, 0.0))


def combined(prior: Belief, estimate: Belief) -> Belief:
    trust = prior[1] / (prior[1] + estimate[1])
    return prior[0] + trust * (estimate[0] - prior[0]), trust * estimate[1]


def tally_estimate(tally: Tally, baseline: Baseline, within: float) -> Belief:
    """Mean and variance of the effect by a tally alone."""
    weight, total, level, inertia, clusters, _, _ = tally
    apart, doubt = baseline.deviation(level / weight, inertia / weight)
    return total / weight - apart, (baseline.noise + within * clusters / weight) / weight + doubt


def posterior(  # noqa: PLR0913, PLR0917 - who, what, when
    person: PersonSums, population: Population, content_id: str, kind: str, quadrant: Quadrant, effect: float = 0.0
) -> tuple[float, float, int]:
    """The effect of a content on this person in that quadrant: mean, standard deviation, and how often it was done."""
    baseline, of_kind, within = baseline_of(person, population), person.kinds.get(kind), population.content_variance
    tally = person.contents.get(kind, {}).get(content_id)
    prior, offset = population.of_a_person(kind), population.content(content_id)
    if tally and of_kind:
        mean, variance = content_effect(tally, of_kind, prior, offset, baseline, within)
    else:
        mean, variance = kind_effect(of_kind, prior, baseline, within)
        mean, variance = mean + offset[0], variance + offset[1]
    here = population.quadrant(kind, quadrant)
    return effect + here.mean + mean, sqrt(variance + here.variance), tally.times if tally else 0


def _gap(lesson: Lesson) -> int:
    return bisect_left(GAPS, lesson.after.at - lesson.before.at)


def _leverage(population: Population, lesson: Lesson, gap: int) -> tuple[float, float]:
    rho = population.rho[gap]
    return 1 - rho, rho * (_unseasoned(lesson.before, population) - population.level)


def _surprise(population: Population, lesson: Lesson, gap: int) -> float:
    """The mood after, less what the population's level, autocorrelation, hours and weekdays predict."""
    before = _unseasoned(lesson.before, population) - population.level
    return _unseasoned(lesson.after, population) - population.level - population.rho[gap] * before


def _unseasoned(entry: MoodPoint, population: Population) -> float:
    return entry.value - season(population, entry.hour, entry.weekday)


def _expected_effect(
    person: PersonSums, population: Population, baseline: Baseline, done: Completion, quadrant: Quadrant
) -> float:
    prior = population.of_a_person(done.kind)
    mean, _ = kind_effect(person.kinds.get(done.kind), prior, baseline, population.content_variance)
    return done.effect + mean + population.quadrant(done.kind, quadrant).mean


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
    here = population.quadrant(kind, quadrant).mean
    settled = observation._replace(total=observation.total - weight * here)
    contents = {**person.contents.get(kind, {})}
    earlier = contents.get(done.content_id, Tally())
    contents[done.content_id] = earlier + settled._replace(clusters=0.0)
    grown = (earlier.weight + weight) ** 2 - earlier.weight**2
    met = {**person.quadrants.get(kind, {})}
    sums = met.get(quadrant, (0.0, 0.0))
    met[quadrant] = [
        sums[0] + weight,
        sums[1] + observation.total - baseline.deviation(observation.level, observation.inertia)[0],
    ]
    return replace(
        person,
        kinds={**person.kinds, kind: person.kinds.get(kind, Tally()) + settled._replace(clusters=grown)},
        contents=_without_least_used({**person.contents, kind: contents}, done.content_id),
        quadrants={**person.quadrants, kind: met},
    )


def _without_least_used(contents: Mapping[str, Mapping[str, Tally]], newest: str) -> Mapping[str, Mapping[str, Tally]]:
    if sum(map(len, contents.values())) <= MAX_CONTENTS:
        return contents
    others = (
        (t.weight, kind, key) for kind, of_kind in contents.items() for key, t in of_kind.items() if key != newest
    )
    _, kind, least = min(others)
    return {**contents, kind: {key: tally for key, tally in contents[kind].items() if key != least}}


def _with_pair(person: PersonSums, lesson: Lesson, population: Population) -> PersonSums:
    gap, after = _gap(lesson), lesson.after
    b, a = _unseasoned(lesson.before, population), _unseasoned(after, population)
    pairs, known = list(person.pairs), person.pairs[gap]
    pairs[gap] = PairSums(*(x + y for x, y in zip(known, (1, b, a, b * b, a * b, a * a), strict=True)))  # type: ignore[arg-type]
    return replace(
        person,
        pairs=tuple(pairs),
        hours=_with_season_value(person.hours, after.hour // 3, after.value),
        weekdays=_with_season_value(person.weekdays, after.weekday, after.value),
    )


def _with_season_value(sums: SeasonSums, place: int, value: float) -> SeasonSums:
    n, total = sums[place]
    return [*sums[:place], [n + 1, total + value], *sums[place + 1 :]]


def _tallies_from(kept: Mapping[str, Sequence[float]]) -> dict[str, Tally]:
    return {key: Tally._make(sums) for key, sums in kept.items()}
