"""Fits the population tables to the sums of many people. A nightly job calls it. Pure, plain Python."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from shared.ranking.population import MOOD_VARIANCE, UNKNOWN_KIND, UNKNOWN_QUADRANT, PooledEffect, Population
from shared.ranking.uplift import (
    Baseline,
    PairSums,
    PersonSums,
    SeasonSums,
    Tally,
    estimate_baseline,
    personal_kind_effect,
    tally_estimate,
)

DEFAULT_TABLES = Population()
PRIOR_OBSERVATIONS = 50  # the weight of the default tables
MIN_PAIRS = 8  # a person with fewer pairs is left out of the levels
MAX_MOODS = 300  # of one person: no single person may decide the tables
MAX_RHO = 0.95  # at 1 there would be no level to return to
ROUNDS = 5  # of fitting the kinds given the variance between people, and that variance given the kinds
MIN_PERSON_VARIANCE = 0.002
MIN_CONTENT_VARIANCE = 0.01  # one content has few lessons: too few to conclude that contents do not differ

PersonWithBaseline: TypeAlias = tuple[PersonSums, Baseline]


def fit(people: Sequence[PersonSums], learned_by: Sequence[Population] = ()) -> Population:
    """Fit the tables to people's sums. `learned_by` names the tables that each person's sums were learned with.

    A person's surprises depend on those tables, so their baseline is computed with them as well.
    """
    if not people:
        return DEFAULT_TABLES
    bounded = [_bounded(person) for person in people]
    with_seasons = replace(
        DEFAULT_TABLES, hours=_season([p.hours for p in bounded]), weekdays=_season([p.weekdays for p in bounded])
    )
    tables = _with_levels(with_seasons, [p for p in bounded if sum(pairs.n for pairs in p.pairs) >= MIN_PAIRS])
    tables_by_person = learned_by or [DEFAULT_TABLES] * len(people)
    with_baselines = [
        (person, estimate_baseline(person, own_tables))
        for person, own_tables in zip(people, tables_by_person, strict=True)
    ]
    tables = replace(tables, content_variance=_content_variance(with_baselines))
    tables = _with_kinds(tables, with_baselines)
    tables = replace(tables, quadrants=_quadrants(bounded))
    return replace(tables, contents=_contents(tables, with_baselines))


def _bounded(person: PersonSums) -> PersonSums:
    """Scale a person's sums down to at most `MAX_MOODS` moods."""
    pairs = MAX_MOODS / max(sum(pairs.n for pairs in person.pairs), MAX_MOODS)
    observations = MAX_MOODS / max(
        sum(weight for effects in person.quadrants.values() for weight, _ in effects.values()), MAX_MOODS
    )
    return replace(
        person,
        pairs=[PairSums(*(part * pairs for part in each)) for each in person.pairs],  # type: ignore[arg-type]
        hours=_scaled(person.hours, pairs),
        weekdays=_scaled(person.weekdays, pairs),
        quadrants={
            kind: {quadrant: [part * observations for part in sums] for quadrant, sums in effects.items()}
            for kind, effects in person.quadrants.items()
        },
    )


def _scaled(sums: SeasonSums, by: float) -> SeasonSums:
    return [[part * by for part in each] for each in sums]


def _season(people: Sequence[SeasonSums]) -> tuple[float, ...]:
    """How the moods of an hour class or weekday differ from the other moods of the same people."""
    differences: dict[int, float] = defaultdict(float)
    count: dict[int, float] = defaultdict(lambda: float(PRIOR_OBSERVATIONS))
    for sums in people:
        mean = sum(total for _, total in sums) / max(sum(n for n, _ in sums), 1)
        for place, (n, total) in enumerate(sums):
            differences[place] += total - n * mean
            count[place] += n
    return tuple(differences[place] / count[place] for place in sorted(differences))


def _with_levels(tables: Population, people: Sequence[PersonSums]) -> Population:
    if not people:
        return tables
    tables = replace(tables, rho=tuple(_rho(people, gap, assumed) for gap, assumed in enumerate(DEFAULT_TABLES.rho)))
    levels = [_level(person, tables.rho) for person in people]
    mean = sum(level.mean for level in levels) / len(levels)
    squared_differences = sum((level.mean - mean) ** 2 - level.variance for level in levels)
    trust = len(people) + PRIOR_OBSERVATIONS / 10
    level = mean + PRIOR_OBSERVATIONS / 10 / trust * (DEFAULT_TABLES.level - mean)
    between = max(squared_differences + PRIOR_OBSERVATIONS / 10 * DEFAULT_TABLES.level_variance, 0.02 * trust) / trust
    noise = tuple(_noise(people, levels, gap, rho) for gap, rho in enumerate(tables.rho))
    return replace(tables, level=level, level_variance=between, noise=noise)


def _rho(people: Sequence[PersonSums], gap: int, assumed: float) -> float:
    """The autocorrelation of moods over a gap, around each person's own mean."""
    products, squares = PRIOR_OBSERVATIONS * MOOD_VARIANCE * assumed, PRIOR_OBSERVATIONS * MOOD_VARIANCE
    for person in people:
        n = sum(pairs.n for pairs in person.pairs)
        mean = sum(pairs.before for pairs in person.pairs) / n
        spread = sum(pairs.before_squared for pairs in person.pairs) / n - mean * mean
        pair_sums = person.pairs[gap]
        # The mean is estimated from consecutive moods. They resemble each other, so it is less certain.
        uncertainty = pair_sums.n * (mean * mean + spread * 2 / n)
        products += pair_sums.product - mean * (pair_sums.before + pair_sums.after) + uncertainty
        squares += pair_sums.before_squared - 2 * mean * pair_sums.before + uncertainty
    return min(max(products / squares, 0.0), MAX_RHO)


def _level(person: PersonSums, rho: Sequence[float]) -> PooledEffect:
    weight = sum(pairs.n * (1 - r) ** 2 for pairs, r in zip(person.pairs, rho, strict=True))
    total = sum((1 - r) * (pairs.after - r * pairs.before) for pairs, r in zip(person.pairs, rho, strict=True))
    return PooledEffect(total / weight, MOOD_VARIANCE * (1 - min(rho) ** 2) / weight)


def _noise(people: Sequence[PersonSums], levels: Sequence[PooledEffect], gap: int, rho: float) -> float:
    squares, count = PRIOR_OBSERVATIONS * MOOD_VARIANCE * (1 - rho * rho), float(PRIOR_OBSERVATIONS)
    for person, level in zip(people, levels, strict=True):
        n, before, after, before_squared, product, after_squared = person.pairs[gap]
        pull = (1 - rho) * level.mean
        squares += after_squared + rho * rho * before_squared + n * pull * pull
        squares -= 2 * (rho * product + pull * after - rho * pull * before)
        count += n - n / sum(pairs.n for pairs in person.pairs)
    return squares / count


def _content_variance(people: Sequence[PersonWithBaseline]) -> float:
    """The variance between contents of one kind for one person, beyond chance."""
    squared_differences, count = PRIOR_OBSERVATIONS * DEFAULT_TABLES.content_variance, float(PRIOR_OBSERVATIONS)
    for person, baseline in people:
        for _, _, tally, others in _contents_beside_others(person):
            chance = baseline.noise * (1 / tally.weight + 1 / others.weight)
            certainty = 1 / (1 + chance) ** 2
            squared_differences += certainty * ((_mean(tally, baseline) - _mean(others, baseline)) ** 2 - chance)
            count += certainty * (1 + others.squared_weights / others.weight**2)
    return max(squared_differences / count, MIN_CONTENT_VARIANCE)


def _contents_beside_others(person: PersonSums) -> Iterator[tuple[str, str, Tally, Tally]]:
    """Each content that was done beside others of its kind: kind, content, its tally, and the tally of the others."""
    for kind, contents in person.contents.items():
        for content_id, tally in contents.items():
            others = person.kinds[kind].without(tally)
            if others.times_done:
                yield kind, content_id, tally, others


def _with_kinds(tables: Population, people: Sequence[PersonWithBaseline]) -> Population:
    """Fit the effects of the kinds and the variance between people, each given the other, in a few rounds."""
    estimates: dict[str, list[PooledEffect]] = defaultdict(list)
    for person, baseline in people:
        for kind, tally in person.kinds.items():
            estimates[kind].append(PooledEffect(*tally_estimate(tally, baseline, tables.content_variance)))
    kinds: Mapping[str, PooledEffect] = {}
    between = DEFAULT_TABLES.person_variance
    for _ in range(ROUNDS):
        kinds = {kind: _pooled(UNKNOWN_KIND, effects, between) for kind, effects in estimates.items()}
        certainty = PRIOR_OBSERVATIONS / 10 / (between + 1) ** 2
        squared_differences, count = certainty * DEFAULT_TABLES.person_variance, certainty
        for kind, effects in estimates.items():
            for mean, variance, _ in effects:
                certainty = 1 / (between + variance) ** 2
                squared_differences += certainty * ((mean - kinds[kind].mean) ** 2 - variance)
                count += certainty
        between = max(squared_differences / count, MIN_PERSON_VARIANCE)
    return replace(tables, kinds=kinds, person_variance=between)


def _mean(tally: Tally, baseline: Baseline) -> float:
    return (tally.total - baseline.deviation(tally.level, tally.inertia)[0]) / tally.weight


def _pooled(prior: PooledEffect, estimates: Iterable[PooledEffect], between: float) -> PooledEffect:
    precision, total, people = 1 / prior.variance, prior.mean / prior.variance, 0
    for mean, variance, _ in estimates:
        precision += 1 / (variance + between)
        total += mean / (variance + between)
        people += 1
    return PooledEffect(total / precision, 1 / precision, people)


def _quadrants(people: Sequence[PersonSums]) -> dict[str, dict[str, PooledEffect]]:
    """How much more a kind does in one quadrant than in others, by people who did it in several quadrants."""
    differences: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    for person in people:
        for kind, quadrant_sums in person.quadrants.items():
            weights, totals = (sum(column) for column in zip(*quadrant_sums.values(), strict=True))
            for quadrant, (weight, total) in quadrant_sums.items():
                sums = differences[kind][quadrant]
                sums[0] += total - weight * totals / weights
                sums[1] += weight * (1 - weight / weights)
    prior_precision = 1 / UNKNOWN_QUADRANT.variance
    return {
        kind: {
            quadrant: PooledEffect(total / (weight + prior_precision), 1 / (weight + prior_precision))
            for quadrant, (total, weight) in quadrants.items()
        }
        for kind, quadrants in differences.items()
    }


def _contents(tables: Population, people: Sequence[PersonWithBaseline]) -> dict[str, PooledEffect]:
    """The offset of each content from its kind. Half of the variance counts as common to all, half as personal."""
    half = tables.content_variance / 2
    estimates: dict[str, list[PooledEffect]] = defaultdict(list)
    for person, baseline in people:
        for kind, content_id, tally, others in _contents_beside_others(person):
            mean, variance = personal_kind_effect(others, tables.person_prior(kind), baseline, tables.content_variance)
            offset = _mean(tally, baseline) - mean
            estimates[content_id].append(PooledEffect(offset, baseline.noise / tally.weight + variance))
    pooled = {content_id: _pooled(PooledEffect(0.0, half), effects, half) for content_id, effects in estimates.items()}
    return {content_id: effect._replace(variance=effect.variance + half) for content_id, effect in pooled.items()}
