"""`mend evaluate`: every figure the ranking is held to, side by side in one run."""

from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import combinations
from statistics import fmean, median
from time import process_time_ns
from typing import NamedTuple
from uuid import UUID

from functions.ranking.fit_job import MOST_PEOPLE
from infra.bar import Bar
from infra.evaluate import movielens, off_policy
from infra.evaluate.informed import Informed
from infra.evaluate.living import SHOWN, Policy, Story, live
from infra.evaluate.policies import Chance, KindOracle, LinUcb, Oracle, Popular, Served
from infra.evaluate.world import DAY, KINDS, LITTLE_HELPS, NOTHING_HELPS, PEOPLE_DIFFER, Human, Truth, World, luck_of
from shared.ranking.beliefs import beliefs_from
from shared.ranking.contenders import PersonKnowledge
from shared.ranking.policy import RankedItem, rank
from shared.ranking.pool import Situation
from shared.ranking.population import Population
from shared.ranking.population_fit import fit
from shared.ranking.uplift import baseline_of, kind_effect, posterior

EVENTS = 60
ENOUGH = 400  # people to tell what is usual
LIVES = 25  # that a process is given at a time
NINETY = 1.645
LOW = -1.0


class Size(NamedTuple):
    everyone: int  # who the tables are fitted to: as many as the job that fits them reads
    fewer: int  # the same in the worlds that are only looked at
    people: int  # who are then served
    runs: int  # of the off-policy estimate,
    lists: int  # of so many lists each
    rankings: int
    users: int  # who rated,
    items: int  # so many things,
    ratings: int  # so often, in made-up ratings


FULL = Size(MOST_PEOPLE, 400, 100, 200, 150, 1000, 943, 1682, 100_000)
QUICK = Size(40, 60, 6, 10, 40, 100, 100, 100, 3_000)


def main(args: Namespace) -> bool:
    """Of `args`: `ratings` (a path or None), `seed` and `quick`. Whether every bar was held."""
    size = QUICK if args.quick else FULL
    held = [_printed(bar) for part in (_zero, _served, _elsewhere, _ratings) for bar in part(args, size)]
    return all(held)


def _printed(bar: Bar) -> bool:
    print(bar.line, flush=True)
    return bar.held


def _zero(args: Namespace, size: Size) -> Iterator[Bar]:
    """A world in which nothing helps."""
    stories, population = settled(World(args.seed, NOTHING_HELPS), size.fewer)
    lessons = [lesson for story in stories for lesson in story.lessons]
    naive = fmean(lesson.after.value - lesson.before.value for lesson in lessons)
    low = [lesson for lesson in lessons if lesson.before.value < LOW]
    naive_low = fmean(lesson.after.value - lesson.before.value for lesson in low)
    found = fmean(mean for story in stories for _, mean, _ in _told(story, population))
    seen = f"naive before/after {naive:+.2f}, and {naive_low:+.2f} of those who felt low"
    yield Bar("nothing helps: mean estimated uplift, sd", abs(found), None, 0.05, seen)


def _served(args: Namespace, size: Size) -> Iterator[Bar]:
    world = World(args.seed, Truth())
    everyone, population = settled(world, size.everyone)
    lives = _lives(world, population, size.people, everyone)
    served, random = lives.pop("served"), lives["random"]
    for whose, stories in (("chance", random), ("the ranking", served)):
        inside = [abs(mean - truth) <= NINETY * sd for s in stories for truth, mean, sd in _told(s, population)]
        yield Bar(f"90 % intervals that hold the truth, shown by {whose}", 100 * fmean(inside), 87, 93, "%")
        tau = fmean(_tau(story, _found(story, population)) for story in stories)
        most = fmean(_tau(story, Informed(story.human).uplifts(story)) for story in stories)
        seen = f"an informed oracle, by the same moods: {most:.3f}"
        yield Bar(f"Kendall tau of {len(KINDS)} kinds after {EVENTS} events, shown by {whose}", tau, 0.6, None, seen)
    yield from _uplifts(_late(served), {name: _late(stories) for name, stories in lives.items()})
    yield _off_policy(args, size, served)
    yield from _rankings(world, served, size)


def _elsewhere(args: Namespace, size: Size) -> Iterator[Bar]:
    """No bars, but the same where effects are smaller and contents matter more, and where people differ more."""
    for what, truth in (("little helps", LITTLE_HELPS), ("people differ more", PEOPLE_DIFFER)):
        world = World(args.seed, truth)
        everyone, population = settled(world, size.fewer)
        lives = _lives(world, population, size.people // 2, everyone)
        served, late = lives.pop("served"), {name: _late(stories) for name, stories in lives.items()}
        tau, aimed = (
            fmean(_tau(story, _found(story, population)) for story in stories) for stories in (lives["random"], served)
        )
        seen = ", ".join(f"{name} {uplift:.3f}" for name, uplift in late.items())
        seen = f"served {_late(served):.3f}, {seen}; tau {tau:.2f} by chance, {aimed:.2f} by the ranking"
        yield Bar(f"{what}: % of the oracle's uplift", 100 * _late(served) / late["oracle"], None, None, seen)


def settled(world: World, number: int) -> tuple[list[Story], Population]:
    """People shown anything at all, and the tables fitted to them: to what is usual with some of them, then to all."""
    usual = fit([story.person for story in _by_chance(world, min(number, ENOUGH), Population())])
    stories = _by_chance(world, number, usual)
    population = fit([story.person for story in stories], [usual] * len(stories))
    for story in stories:
        story.population = population
    return stories, population


def _by_chance(world: World, number: int, population: Population) -> list[Story]:
    with ProcessPoolExecutor() as processes:
        return list(processes.map(partial(_life, world, population), range(number), chunksize=LIVES))


def _life(world: World, population: Population, number: int) -> Story:
    human = world.person(number)
    return live(human, Chance(human), population, EVENTS)


def _lives(world: World, population: Population, number: int, everyone: Sequence[Story]) -> dict[str, list[Story]]:
    """The same people, none of whom the tables know, under each policy."""
    done = Counter(each.content_id for story in everyone for each in story.done)
    policies: dict[str, Callable[[Human], Policy]] = {
        "served": Served,
        "oracle": lambda _: Oracle(),
        "an oracle of kinds": lambda _: KindOracle(),
        "an informed oracle": Informed,
        "LinUCB": LinUcb,
        "popularity": lambda _: Popular(done),
        "random": Chance,
    }
    people = [world.person(len(everyone) + place) for place in range(number)]
    return {
        name: [live(human, policy(human), population, EVENTS) for human in people] for name, policy in policies.items()
    }


def _told(story: Story, population: Population) -> Iterator[tuple[float, float, float]]:
    """Truth, estimate and its standard deviation: of all that was done, and of one thing of each kind that was not."""
    unseen = set(KINDS)
    quadrant = story.entries[-1].quadrant
    for content in story.human.world.contents:
        key, kind = str(content.id), content.kind
        mean, sd, times = posterior(story.person, population, key, kind, quadrant, content.effect or 0.0)
        if times or kind in unseen:
            unseen -= set() if times else {kind}
            yield story.human.uplift(content, quadrant), mean, sd


def _tau(story: Story, found: Mapping[str, float]) -> float:
    """Between the order of the kinds as found and as they are."""
    human, pairs = story.human, []
    for kind in KINDS:
        hoped = fmean(content.effect or 0.0 for content in human.world.contents if content.kind == kind)
        pairs.append((human.kind_uplift(kind) + human.world.truth.studies * hoped, found[kind] + hoped))
    return fmean(1 if (a[0] - b[0]) * (a[1] - b[1]) > 0 else -1 for a, b in combinations(pairs, 2))


def _found(story: Story, population: Population) -> dict[str, float]:
    of_person, within = baseline_of(story.person, population), population.content_variance
    kinds = story.person.kinds
    return {k: kind_effect(kinds.get(k), population.of_a_person(k), of_person, within)[0] for k in KINDS}


def _late(stories: Sequence[Story]) -> float:
    return fmean(uplift for story in stories for event, uplift in story.shown_uplift if event >= EVENTS / 2)


def _uplifts(served: float, others: dict[str, float]) -> Iterator[Bar]:
    seen = ", ".join(f"{name} {uplift:.3f}" for name, uplift in others.items())
    what = f"true uplift of what is shown, events {EVENTS // 2 + 1} to {EVENTS}"
    yield Bar(f"{what}, % of the oracle's", 100 * served / others["oracle"], 85, None, f"served {served:.3f}, {seen}")
    best = max(uplift for name, uplift in others.items() if "oracle" not in name)
    yield Bar("the same, against the best of popularity, random and LinUCB", served / best, 1, None, "times")


def _off_policy(args: Namespace, size: Size, served: Sequence[Story]) -> Bar:
    moments = off_policy.moments(served[: size.people])
    luck = luck_of("log", args.seed)
    runs = [off_policy.run(moments, size.lists, luck) for _ in range(size.runs)]
    inside = fmean(value.covers(truth) for value, truth in runs)
    value, truth = runs[-1]
    seen = f"% of {size.runs}; the last: {value.mean:.3f} ± {value.margin:.3f}, truth {truth:.3f}"
    return Bar("off-policy value within its own 95 % interval", 100 * inside, 93, None, seen)


def _rankings(world: World, served: Sequence[Story], size: Size) -> Iterator[Bar]:
    luck = luck_of("lists", world.seed)
    for what, known in (("60 events", None), ("nothing known", PersonKnowledge(served[0].population))):
        spent, worst = [], 0.0
        for turn in range(size.rankings):
            story = served[turn % len(served)]
            whom = known or PersonKnowledge(story.population, beliefs_from(story.person, story.population), story.taste)
            situation = Situation(day=story.entries[-1].at / DAY)
            candidates, list_id = world.candidates[story.entries[-1].quadrant], UUID(int=luck.getrandbits(128))
            began = process_time_ns()
            found = rank(candidates, list_id, SHOWN, situation, whom)
            spent.append((process_time_ns() - began) / 1e6)
            worst = max(worst, *(_gap(scored) for scored in found))
        yield Bar(f"ranking {len(world.contents)} candidates, {what}: p50 of CPU, ms", median(spent), None, 1.5)
        yield Bar("the same: terms against the score, 1e-9", worst * 1e9, None, 1)


def _gap(scored: RankedItem) -> float:
    return abs(scored.score - sum(term["value"] for term in reversed(scored.terms)))


def _ratings(args: Namespace, size: Size) -> Iterator[Bar]:
    made_up = args.ratings is None
    ratings = (
        movielens.synthetic(args.seed, size.users, size.items, size.ratings)
        if made_up
        else movielens.read(args.ratings)
    )
    found = movielens.evaluate(ratings, args.seed)
    served = found["served"]
    seen = ", ".join(f"{name} {quality.ndcg:.3f}" for name, quality in found.items())
    seen += f"; P@10 {served.precision:.3f}, R@10 {served.recall:.3f}"
    if made_up:
        yield Bar("made-up ratings: nDCG@10, times popularity's", served.ndcg / found["popularity"].ndcg, 1, None, seen)
        yield Bar("the same, % of the full matrix's", 100 * served.ndcg / found["full matrix"].ndcg, 90, None)
    else:
        yield Bar(f"{args.ratings.name}: nDCG@10 of the collaborative part", served.ndcg, 0.382, None, seen)
