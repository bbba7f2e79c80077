"""Everyone's tables, from the sums kept of each person: a job's work, once a day or so. Pure, plain Python."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from shared.ranking.population import MOOD_VARIANCE, UNKNOWN_KIND, UNKNOWN_QUADRANT, PooledEffect, Population
from shared.ranking.uplift import (
    Baseline,
    PairSums,
    PersonSums,
    SeasonSums,
    Tally,
    baseline_of,
    kind_effect,
    tally_estimate,
)

DEFAULT_TABLES = Population()
PRIOR_OBSERVATIONS = 50  # observations' worth of trust in what is assumed before there is anyone
MIN_PAIRS = 8  # pairs of a person whose middle means something
MAX_MOODS = (
    300  # of a person's moods that count for everyone: nobody may tell of so many that they decide by themselves
)
MAX_RHO = 0.95  # a mood that never fades would have no middle to return to
ROUNDS = 5  # of fitting the kinds given how far people lie apart, and that given the kinds
MIN_PERSON_VARIANCE = 0.002  # variance: nobody is quite like everybody,
MIN_CONTENT_VARIANCE = 0.01  # and few lessons are told of one content: too few to call two of them alike


def fit(people: Sequence[PersonSums], learned_by: Sequence[Population] = ()) -> Population:
    """From people, and the tables that each was learned by: what is assumed, if nothing is said.

    What was left of a mood stands in their sums as those tables had it, so their own middles must be told by them, too.
    """
    if not people:
        return DEFAULT_TABLES
    bounded = [_bounded(person) for person in people]
    seasoned = replace(
        DEFAULT_TABLES, hours=_season([p.hours for p in bounded]), weekdays=_season([p.weekdays for p in bounded])
    )
    known = _with_usual_moods(seasoned, [p for p in bounded if sum(pairs.n for pairs in p.pairs) >= MIN_PAIRS])
    tables = learned_by or [DEFAULT_TABLES] * len(people)
    everyone = [(person, baseline_of(person, theirs)) for person, theirs in zip(people, tables, strict=True)]
    known = replace(known, contents_within=_contents_within(everyone))
    known = _with_kinds(known, everyone)
    known = replace(known, quadrants=_quadrants(bounded))
    return replace(known, contents=_contents(known, everyone))


def _bounded(person: PersonSums) -> PersonSums:
    """The same moods, as if there were fewer of them."""
    pairs = MAX_MOODS / max(sum(pairs.n for pairs in person.pairs), MAX_MOODS)
    met = MAX_MOODS / max(
        sum(weight for of_kind in person.quadrants.values() for weight, _ in of_kind.values()), MAX_MOODS
    )
    return replace(
        person,
        pairs=[PairSums(*(part * pairs for part in each)) for each in person.pairs],  # type: ignore[arg-type]
        hours=_scaled(person.hours, pairs),
        weekdays=_scaled(person.weekdays, pairs),
        quadrants={
            kind: {quadrant: [part * met for part in sums] for quadrant, sums in of_kind.items()}
            for kind, of_kind in person.quadrants.items()
        },
    )


def _scaled(sums: SeasonSums, by: float) -> SeasonSums:
    return [[part * by for part in each] for each in sums]


def _season(everyone: Sequence[SeasonSums]) -> tuple[float, ...]:
    """How an hour or a weekday differs from the rest of the same people's time."""
    off: dict[int, float] = defaultdict(float)
    count: dict[int, float] = defaultdict(lambda: float(PRIOR_OBSERVATIONS))
    for sums in everyone:
        mean = sum(total for _, total in sums) / max(sum(n for n, _ in sums), 1)
        for place, (n, total) in enumerate(sums):
            off[place] += total - n * mean
            count[place] += n
    return tuple(off[place] / count[place] for place in sorted(off))


def _with_usual_moods(known: Population, people: Sequence[PersonSums]) -> Population:
    if not people:
        return known
    known = replace(known, rho=tuple(_rho(people, gap, assumed) for gap, assumed in enumerate(DEFAULT_TABLES.rho)))
    middles = [_middle(person, known.rho) for person in people]
    mean = sum(middle.mean for middle in middles) / len(middles)
    apart = sum((middle.mean - mean) ** 2 - middle.variance for middle in middles)
    trust = len(people) + PRIOR_OBSERVATIONS / 10
    middle = mean + PRIOR_OBSERVATIONS / 10 / trust * (DEFAULT_TABLES.middle - mean)
    between = max(apart + PRIOR_OBSERVATIONS / 10 * DEFAULT_TABLES.middles, 0.02 * trust) / trust
    noise = tuple(_noise(people, middles, gap, rho) for gap, rho in enumerate(known.rho))
    return replace(known, middle=middle, middles=between, noise=noise)


def _rho(people: Sequence[PersonSums], gap: int, assumed: float) -> float:
    """How much of a mood is left after such a gap, each person measured from their own mean."""
    together, squares = PRIOR_OBSERVATIONS * MOOD_VARIANCE * assumed, PRIOR_OBSERVATIONS * MOOD_VARIANCE
    for person in people:
        n = sum(pairs.n for pairs in person.pairs)
        mean = sum(pairs.before for pairs in person.pairs) / n
        spread = sum(pairs.before2 for pairs in person.pairs) / n - mean * mean
        here = person.pairs[gap]
        unsure = here.n * (mean * mean + spread * 2 / n)  # a mean of neighbours that resemble each other is less sure
        together += here.both - mean * (here.before + here.after) + unsure
        squares += here.before2 - 2 * mean * here.before + unsure
    return min(max(together / squares, 0.0), MAX_RHO)


def _middle(person: PersonSums, rho: Sequence[float]) -> PooledEffect:
    weight = sum(pairs.n * (1 - r) ** 2 for pairs, r in zip(person.pairs, rho, strict=True))
    total = sum((1 - r) * (pairs.after - r * pairs.before) for pairs, r in zip(person.pairs, rho, strict=True))
    return PooledEffect(total / weight, MOOD_VARIANCE * (1 - min(rho) ** 2) / weight)


def _noise(people: Sequence[PersonSums], middles: Sequence[PooledEffect], gap: int, rho: float) -> float:
    squares, count = PRIOR_OBSERVATIONS * MOOD_VARIANCE * (1 - rho * rho), float(PRIOR_OBSERVATIONS)
    for person, middle in zip(people, middles, strict=True):
        n, before, after, before2, both, after2 = person.pairs[gap]
        back = (1 - rho) * middle.mean
        squares += after2 + rho * rho * before2 + n * back * back
        squares -= 2 * (rho * both + back * after - rho * back * before)
        count += n - n / sum(pairs.n for pairs in person.pairs)
    return squares / count


def _contents_within(everyone: Sequence[tuple[PersonSums, Baseline]]) -> float:
    """How far contents of one kind lie apart for one person, beyond what chance accounts for."""
    apart, count = PRIOR_OBSERVATIONS * DEFAULT_TABLES.contents_within, float(PRIOR_OBSERVATIONS)
    for person, of_person in everyone:
        for _, _, tally, others in _contents_beside_others(person):
            chance = of_person.noise * (1 / tally.weight + 1 / others.weight)
            sure = 1 / (1 + chance) ** 2
            apart += sure * ((_mean(tally, of_person) - _mean(others, of_person)) ** 2 - chance)
            count += sure * (1 + others.clusters / others.weight**2)
    return max(apart / count, MIN_CONTENT_VARIANCE)


def _contents_beside_others(person: PersonSums) -> Iterator[tuple[str, str, Tally, Tally]]:
    """Each content that was done beside others of its kind: the kind, the content, its tally and the others'."""
    for kind, contents in person.contents.items():
        for content_id, tally in contents.items():
            others = person.kinds[kind].without(tally)
            if others.times:
                yield kind, content_id, tally, others


def _with_kinds(known: Population, everyone: Sequence[tuple[PersonSums, Baseline]]) -> Population:
    """The kinds' effects, and how far people lie apart in them, each by the other."""
    told: dict[str, list[PooledEffect]] = defaultdict(list)
    for person, of_person in everyone:
        for kind, tally in person.kinds.items():
            told[kind].append(PooledEffect(*tally_estimate(tally, of_person, known.contents_within)))
    kinds: Mapping[str, PooledEffect] = {}
    persons = DEFAULT_TABLES.persons
    for _ in range(ROUNDS):
        kinds = {kind: _pooled(UNKNOWN_KIND, effects, persons) for kind, effects in told.items()}
        sure = PRIOR_OBSERVATIONS / 10 / (persons + 1) ** 2
        apart, count = sure * DEFAULT_TABLES.persons, sure
        for kind, effects in told.items():
            for mean, variance, _ in effects:
                sure = 1 / (persons + variance) ** 2
                apart += sure * ((mean - kinds[kind].mean) ** 2 - variance)
                count += sure
        persons = max(apart / count, MIN_PERSON_VARIANCE)
    return replace(known, kinds=kinds, persons=persons)


def _mean(tally: Tally, own: Baseline) -> float:
    return (tally.total - own.apart(tally.level, tally.inertia)[0]) / tally.weight


def _pooled(prior: PooledEffect, told: Iterable[PooledEffect], apart: float) -> PooledEffect:
    precision, total, people = 1 / prior.variance, prior.mean / prior.variance, 0
    for mean, variance, _ in told:
        precision += 1 / (variance + apart)
        total += mean / (variance + apart)
        people += 1
    return PooledEffect(total / precision, 1 / precision, people)


def _quadrants(people: Sequence[PersonSums]) -> dict[str, dict[str, PooledEffect]]:
    """How much more a kind does in one sort of mood, for people who did it in several."""
    off: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    for person in people:
        for kind, met in person.quadrants.items():
            weights, totals = (sum(column) for column in zip(*met.values(), strict=True))
            for quadrant, (weight, total) in met.items():
                sums = off[kind][quadrant]
                sums[0] += total - weight * totals / weights
                sums[1] += weight * (1 - weight / weights)
    doubt = 1 / UNKNOWN_QUADRANT.variance
    return {
        kind: {
            quadrant: PooledEffect(total / (weight + doubt), 1 / (weight + doubt))
            for quadrant, (total, weight) in of.items()
        }
        for kind, of in off.items()
    }


def _contents(known: Population, everyone: Sequence[tuple[PersonSums, Baseline]]) -> dict[str, PooledEffect]:
    """A content's own part: half of what sets contents apart is taken to hold for all, half for one person."""
    half = known.contents_within / 2
    told: dict[str, list[PooledEffect]] = defaultdict(list)
    for person, of_person in everyone:
        for kind, content_id, tally, others in _contents_beside_others(person):
            mean, variance = kind_effect(others, known.of_a_person(kind), of_person, known.contents_within)
            away = _mean(tally, of_person) - mean
            told[content_id].append(PooledEffect(away, of_person.noise / tally.weight + variance))
    pooled = {content_id: _pooled(PooledEffect(0.0, half), effects, half) for content_id, effects in told.items()}
    return {content_id: effect._replace(variance=effect.variance + half) for content_id, effect in pooled.items()}
