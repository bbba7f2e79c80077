"""`mend evaluate`: measures the ranking and prints each figure beside its bar."""

from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import combinations
from multiprocessing import get_context
from statistics import fmean, median
from time import process_time_ns
from typing import NamedTuple
from uuid import UUID

from functions.ranking.fit_job import MAX_PEOPLE
from infra.bar import Bar
from infra.evaluate import movielens, off_policy
from infra.evaluate.informed_oracle import InformedOracle
from infra.evaluate.policies import KindOracle, LinUcb, Oracle, PopularityPolicy, RandomPolicy, ServedPolicy
from infra.evaluate.simulation import LIST_LENGTH, Policy, SimulatedHistory, simulate
from infra.evaluate.world import (
    DAY,
    KINDS,
    LARGE_DIFFERENCES,
    NO_EFFECTS,
    SMALL_EFFECTS,
    SimulatedPerson,
    TrueEffects,
    World,
    seeded_random,
)
from shared.ranking.beliefs import beliefs_from
from shared.ranking.eligibility import Situation
from shared.ranking.person_scores import PersonKnowledge
from shared.ranking.policy import RankedItem, rank
from shared.ranking.population import Population
from shared.ranking.population_fit import fit
from shared.ranking.uplift import estimate_baseline, personal_kind_effect, posterior

EVENTS = 60
FIRST_FIT_PEOPLE = 400  # people for the first population tables
PEOPLE_PER_TASK = 25  # for one task of the process pool
Z_90 = 1.645
LOW_MOOD = -1.0


class RunSize(NamedTuple):
    everyone: int  # people that the tables are fitted to: as many as the nightly job reads
    other_world_people: int  # the same in the other worlds
    people: int  # people that are then simulated
    runs: int  # of the off-policy estimate
    lists: int  # in each of these runs
    rankings: int
    users: int  # of the synthetic ratings, as the next two
    items: int
    ratings: int


FULL = RunSize(MAX_PEOPLE, 400, 100, 200, 150, 1000, 943, 1682, 100_000)
QUICK = RunSize(40, 60, 6, 10, 40, 100, 100, 100, 3_000)


def main(args: Namespace) -> bool:
    """Print all figures and return whether every bar was met. Reads `ratings` (a path or None), `seed` and `quick`."""
    size = QUICK if args.quick else FULL
    met = [
        _printed(bar) for part in (_rating_figures, _no_effects, _main_world, _other_worlds) for bar in part(args, size)
    ]
    return all(met)


def _printed(bar: Bar) -> bool:
    print(bar.line, flush=True)
    return bar.held


def _no_effects(args: Namespace, size: RunSize) -> Iterator[Bar]:
    """The estimated uplift in a world where nothing has an effect."""
    histories, population = fitted_world(World(args.seed, NO_EFFECTS), size.other_world_people)
    lessons = [lesson for history in histories for lesson in history.lessons]
    naive = fmean(lesson.after.value - lesson.before.value for lesson in lessons)
    low = [lesson for lesson in lessons if lesson.before.value < LOW_MOOD]
    naive_low = fmean(lesson.after.value - lesson.before.value for lesson in low)
    estimate = fmean(mean for history in histories for _, mean, _ in _estimates(history, population))
    details = f"naive before/after {naive:+.2f}, and {naive_low:+.2f} of those who felt low"
    yield Bar("nothing helps: mean estimated uplift, sd", abs(estimate), None, 0.05, details)


def _main_world(args: Namespace, size: RunSize) -> Iterator[Bar]:
    world = World(args.seed, TrueEffects())
    everyone, population = fitted_world(world, size.everyone)
    lives = _histories(world, population, size.people, everyone)
    served, random = lives.pop("served"), lives["random"]
    for list_source, histories in (("chance", random), ("the ranking", served)):
        inside = [abs(mean - truth) <= Z_90 * sd for s in histories for truth, mean, sd in _estimates(s, population)]
        yield Bar(f"90 % intervals that hold the truth, shown by {list_source}", 100 * fmean(inside), 87, 93, "%")
        tau = fmean(_tau(history, _kind_effects(history, population)) for history in histories)
        most = fmean(_tau(history, InformedOracle(history.person).uplifts(history)) for history in histories)
        details = f"an informed oracle, by the same moods: {most:.3f}"
        yield Bar(
            f"Kendall tau of {len(KINDS)} kinds after {EVENTS} events, shown by {list_source}", tau, 0.6, None, details
        )
    yield from _uplift_figures(
        _late_uplift(served), {name: _late_uplift(histories) for name, histories in lives.items()}
    )
    yield _off_policy_figure(args, size, served)
    yield from _ranking_figures(world, served, size)


def _other_worlds(args: Namespace, size: RunSize) -> Iterator[Bar]:
    """The same figures without bars: with smaller effects and larger differences of contents, and of people."""
    for what, truth in (("little helps", SMALL_EFFECTS), ("people differ more", LARGE_DIFFERENCES)):
        world = World(args.seed, truth)
        everyone, population = fitted_world(world, size.other_world_people)
        lives = _histories(world, population, size.people // 2, everyone)
        served, late = lives.pop("served"), {name: _late_uplift(histories) for name, histories in lives.items()}
        random_tau, served_tau = (
            fmean(_tau(history, _kind_effects(history, population)) for history in histories)
            for histories in (lives["random"], served)
        )
        details = ", ".join(f"{name} {uplift:.3f}" for name, uplift in late.items())
        taus = f"tau {random_tau:.2f} by chance, {served_tau:.2f} by the ranking"
        details = f"served {_late_uplift(served):.3f}, {details}; {taus}"
        yield Bar(f"{what}: % of the oracle's uplift", 100 * _late_uplift(served) / late["oracle"], None, None, details)


def fitted_world(world: World, number: int) -> tuple[list[SimulatedHistory], Population]:
    """People under the random policy, and tables fitted in two steps: to some of them, then with those to all."""
    usual = fit([history.sums for history in _random_histories(world, min(number, FIRST_FIT_PEOPLE), Population())])
    histories = _random_histories(world, number, usual)
    population = fit([history.sums for history in histories], [usual] * len(histories))
    for history in histories:
        history.population = population
    return histories, population


def _random_histories(world: World, number: int, population: Population) -> list[SimulatedHistory]:
    # A fork of this process would copy locks that other threads hold, such as those of gRPC.
    with ProcessPoolExecutor(mp_context=get_context("forkserver")) as processes:
        return list(
            processes.map(partial(_random_history, world, population), range(number), chunksize=PEOPLE_PER_TASK)
        )


def _random_history(world: World, population: Population, number: int) -> SimulatedHistory:
    person = world.person(number)
    return simulate(person, RandomPolicy(person), population, EVENTS)


def _histories(
    world: World, population: Population, number: int, everyone: Sequence[SimulatedHistory]
) -> dict[str, list[SimulatedHistory]]:
    """The same new people under each policy."""
    done = Counter(each.content_id for history in everyone for each in history.done)
    policies: dict[str, Callable[[SimulatedPerson], Policy]] = {
        "served": ServedPolicy,
        "oracle": lambda _: Oracle(),
        "an oracle of kinds": lambda _: KindOracle(),
        "an informed oracle": InformedOracle,
        "LinUCB": LinUcb,
        "popularity": lambda _: PopularityPolicy(done),
        "random": RandomPolicy,
    }
    people = [world.person(len(everyone) + place) for place in range(number)]
    return {
        name: [simulate(person, policy(person), population, EVENTS) for person in people]
        for name, policy in policies.items()
    }


def _estimates(history: SimulatedHistory, population: Population) -> Iterator[tuple[float, float, float]]:
    """Truth, estimate and its sd: of each content that was done, and of one content of each kind that was not."""
    unseen = set(KINDS)
    quadrant = history.entries[-1].quadrant
    for content in history.person.world.contents:
        key, kind = str(content.id), content.kind
        mean, sd, times = posterior(history.sums, population, key, kind, quadrant, content.effect or 0.0)
        if times or kind in unseen:
            unseen -= set() if times else {kind}
            yield history.person.uplift(content, quadrant), mean, sd


def _tau(history: SimulatedHistory, kind_effects: Mapping[str, float]) -> float:
    """Kendall's tau between the estimated and the true order of the kinds."""
    person, pairs = history.person, []
    for kind in KINDS:
        study_effect = fmean(content.effect or 0.0 for content in person.world.contents if content.kind == kind)
        pairs.append(
            (
                person.kind_uplift(kind) + person.world.truth.study_share * study_effect,
                kind_effects[kind] + study_effect,
            )
        )
    return fmean(1 if (a[0] - b[0]) * (a[1] - b[1]) > 0 else -1 for a, b in combinations(pairs, 2))


def _kind_effects(history: SimulatedHistory, population: Population) -> dict[str, float]:
    baseline, within = estimate_baseline(history.sums, population), population.content_variance
    kinds = history.sums.kinds
    return {k: personal_kind_effect(kinds.get(k), population.person_prior(k), baseline, within)[0] for k in KINDS}


def _late_uplift(histories: Sequence[SimulatedHistory]) -> float:
    return fmean(uplift for history in histories for event, uplift in history.shown_uplift if event >= EVENTS / 2)


def _uplift_figures(served: float, others: dict[str, float]) -> Iterator[Bar]:
    details = ", ".join(f"{name} {uplift:.3f}" for name, uplift in others.items())
    what = f"true uplift of what is shown, events {EVENTS // 2 + 1} to {EVENTS}"
    yield Bar(
        f"{what}, % of the oracle's", 100 * served / others["oracle"], 85, None, f"served {served:.3f}, {details}"
    )
    best = max(uplift for name, uplift in others.items() if "oracle" not in name)
    yield Bar("the same, against the best of popularity, random and LinUCB", served / best, 1, None, "times")


def _off_policy_figure(args: Namespace, size: RunSize, served: Sequence[SimulatedHistory]) -> Bar:
    questions = off_policy.questions_from(served[: size.people])
    rng = seeded_random("log", args.seed)
    runs = [off_policy.estimate_from_log(questions, size.lists, rng) for _ in range(size.runs)]
    inside = fmean(value.covers(truth) for value, truth in runs)
    value, truth = runs[-1]
    details = f"% of {size.runs}; the last: {value.mean:.3f} ± {value.margin:.3f}, truth {truth:.3f}"
    return Bar("off-policy value within its own 95 % interval", 100 * inside, 93, None, details)


def _ranking_figures(world: World, served: Sequence[SimulatedHistory], size: RunSize) -> Iterator[Bar]:
    rng = seeded_random("lists", world.seed)
    for what, fixed_knowledge in (("60 events", None), ("nothing known", PersonKnowledge(served[0].population))):
        spent, worst = [], 0.0
        for turn in range(size.rankings):
            history = served[turn % len(served)]
            knowledge = fixed_knowledge or PersonKnowledge(
                history.population, beliefs_from(history.sums, history.population), history.taste
            )
            situation = Situation(day=history.entries[-1].at / DAY)
            candidates, list_id = world.candidates[history.entries[-1].quadrant], UUID(int=rng.getrandbits(128))
            began = process_time_ns()
            ranked = rank(candidates, list_id, LIST_LENGTH, situation, knowledge)
            spent.append((process_time_ns() - began) / 1e6)
            worst = max(worst, *(_score_gap(item) for item in ranked))
        yield Bar(f"ranking {len(world.contents)} candidates, {what}: p50 of CPU, ms", median(spent), None, 1.5)
        yield Bar("the same: terms against the score, 1e-9", worst * 1e9, None, 1)


def _score_gap(scored: RankedItem) -> float:
    return abs(scored.score - sum(term["value"] for term in reversed(scored.terms)))


def _rating_figures(args: Namespace, size: RunSize) -> Iterator[Bar]:
    made_up = args.ratings is None
    ratings = (
        movielens.synthetic(args.seed, size.users, size.items, size.ratings)
        if made_up
        else movielens.read(args.ratings)
    )
    scores = movielens.evaluate(ratings, args.seed)
    served = scores["served"]
    details = ", ".join(f"{name} {quality.ndcg:.3f}" for name, quality in scores.items())
    details += f"; P@10 {served.precision:.3f}, R@10 {served.recall:.3f}"
    if made_up:
        yield Bar(
            "made-up ratings: nDCG@10, times popularity's",
            served.ndcg / scores["popularity"].ndcg,
            1,
            None,
            details,
        )
        yield Bar("the same, % of the full matrix's", 100 * served.ndcg / scores["full matrix"].ndcg, 90, None)
    else:
        yield Bar(f"{args.ratings.name}: nDCG@10 of the collaborative part", served.ndcg, 0.382, None, details)
