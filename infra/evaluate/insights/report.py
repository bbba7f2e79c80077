"""Prints the figures of insights beside their bars."""

from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from statistics import fmean, median
from time import process_time_ns

import numpy as np

from functions.insights.job.rules.discovery import discover
from functions.insights.job.rules.experiment import VerdictCode
from functions.insights.rules.experiment_power import power
from infra.bar import Bar
from infra.evaluate.insights.lives import (
    SimulatedExperiment,
    SimulatedLooks,
    Simulation,
    by_ledger,
    experiment,
    one_look,
)
from infra.evaluate.insights.world import InsightWorld

PEOPLE, QUICK_PEOPLE = 2000, 20  # of each cell
EFFECT = 0.8  # points on a scale of 1 to 5, whose sd is 0.9
ONE_LOOK_ALPHA = 0.05
YEAR, HALF_YEAR, QUARTER = 364, 182, 91
PREVALENCE_BANDS = ((0.1, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.5))
MOOD_SHIFT = 0.3  # of the days
HARDER_WORLDS = {
    "entries missing, more often when low": InsightWorld(has_gaps=True),
    "weekday cycles in mood and tags": InsightWorld(has_weekdays=True),
    "level shifts": InsightWorld(has_shifts=True),
    "10-point scale": InsightWorld(steps=10),
    "0.8 planted, another tag a copy": InsightWorld(effect=EFFECT, has_copy=True),
}
TRIALS = (
    ("no effect", SimulatedExperiment(28, 0.0), None, 5),
    ("0.8, all kept", SimulatedExperiment(28, EFFECT), 60, None),
    ("0.8, 80 % kept, 15 % of moods missing", SimulatedExperiment(28, EFFECT, 0.8, 0.15), 38, None),
)
TIMED_LOOKS = 20


def main(args: Namespace) -> bool:
    """Print all figures and return whether every bar was met. Reads `seed` and `quick`."""
    parts = (_null_world, _planted, _single_moods, _harder_worlds, _forgotten_tags, _coverage, _experiments, _cost)
    # A fork of this process would copy locks that other threads hold, such as those of gRPC.
    with ProcessPoolExecutor(mp_context=get_context("forkserver")) as processes:
        simulation = Simulation(processes, args.seed, QUICK_PEOPLE if args.quick else PEOPLE)
        held = [_printed(bar) for part in parts for bar in part(simulation)]
    return all(held)


def _printed(bar: Bar) -> bool:
    print(bar.line, flush=True)
    return bar.held


def _null_world(simulation: Simulation) -> Iterator[Bar]:
    for days in (30, 90, 180):
        what = f"no effects, one look at {days} days: people misled"
        yield _misled(what, simulation.run(what, partial(one_look, InsightWorld(), days, ONE_LOOK_ALPHA)), 6)
    what = "no effects, a year by the ledger: people misled"
    lives = simulation.run(what, partial(by_ledger, InsightWorld(), YEAR))
    yield _misled(what, lives, 10, _forgotten_note(lives))


def _misled(what: str, lives: Sequence[SimulatedLooks], high: float | None, note: str = "") -> Bar:
    return Bar(what, _percent(life.is_misled for life in lives), None, high, note, "%")


def _planted(simulation: Simulation) -> Iterator[Bar]:
    world = InsightWorld(effect=EFFECT)
    lives = simulation.run("planted", partial(by_ledger, world, HALF_YEAR))
    for day, low in ((QUARTER, 45), (HALF_YEAR, 75)):
        bands = {
            band: [life.finds_by(day) for life in lives if band[0] <= life.prevalence < band[1]]
            for band in PREVALENCE_BANDS
        }
        note = ", ".join(f"{band[0]:g} to {band[1]:g}: {_percent(found):.0f} %" for band, found in bands.items())
        found = _percent(life.finds_by(day) for life in lives)
        yield Bar(f"0.8 planted, by the ledger: found by day {day}", found, low, None, f"by prevalence {note}", "%")
    yield _misled("the same: people misled", lives, None, _forgotten_note(lives))
    missed = [[not each.holds(world.true_effect) for each in life.shown] for life in lives]
    shown = [each for life in missed for each in life]
    note = f"{len(shown)} shown to {sum(map(bool, missed))} of {len(lives)}; of them {_percent(shown):.1f} % miss it"
    covered = 100 - fmean(_percent(life) if life else 0.0 for life in missed)
    yield Bar("the same: 100 less the false coverage rate (FCR) of what is shown", covered, 93, 97, note, "%")


def _single_moods(simulation: Simulation) -> Iterator[Bar]:
    """The outcomes share the same budget, so no more people may be misled than without single moods."""
    what = "no effects, single moods as outcomes, a year by the ledger: people misled"
    yield _misled(what, simulation.run(what, partial(by_ledger, InsightWorld(has_moods=True), YEAR)), 10)
    world = InsightWorld(has_moods=True, mood_shift=MOOD_SHIFT)
    lives = simulation.run("single mood", partial(by_ledger, world, HALF_YEAR))
    found = _percent(life.finds_by(HALF_YEAR) for life in lives)
    note = f"by day {QUARTER}: {_percent(life.finds_by(QUARTER) for life in lives):.0f} %"
    yield Bar(f"a mood on 45 instead of 15 % of days: found by day {HALF_YEAR}", found, None, None, note, "%")
    yield _misled("the same: people misled", lives, None)


def _harder_worlds(simulation: Simulation) -> Iterator[Bar]:
    for name, world in HARDER_WORLDS.items():
        lives = simulation.run(name, partial(by_ledger, world, HALF_YEAR))
        note = f"the planted one found: {_percent(life.finds_by(HALF_YEAR) for life in lives):.0f} %"
        yield _misled(f"{name}, half a year: people misled", lives, 7, note if world.effect else "")


def _forgotten_tags(simulation: Simulation) -> Iterator[Bar]:
    for share in (0.2, 0.4):
        what = f"tags forgotten on {100 * share:.0f} % of low days, half a year: people misled"
        lives = simulation.run(what, partial(by_ledger, InsightWorld(forgotten=share), HALF_YEAR))
        yield _misled(what, lives, None, _forgotten_note(lives))


def _forgotten_note(lives: Sequence[SimulatedLooks]) -> str:
    told, misled = _percent(life.forgets_tags for life in lives), [life for life in lives if life.is_misled]
    return (
        f"told of forgotten tags: {told:.1f} %, of those misled {_percent(life.forgets_tags for life in misled):.0f} %"
    )


def _coverage(simulation: Simulation) -> Iterator[Bar]:
    for phi in (0.0, 0.3, 0.5, 0.7):
        what = f"phi {phi:g}, 90 days: 95 % intervals of all tested hold the truth"
        lives = simulation.run(what, partial(one_look, InsightWorld(phi=phi), 90, ONE_LOOK_ALPHA))
        yield Bar(what, _percent(a.low <= 0 <= a.high for life in lives for a in life.tested), 93, 97, unit="%")


def _experiments(simulation: Simulation) -> Iterator[Bar]:
    world = InsightWorld()
    for name, trial, low, high in TRIALS:
        results = simulation.run(name, partial(experiment, trial, world))
        helped = _percent(result.verdict == VerdictCode.HELPED for result in results)
        note = "" if trial.effect == 0 or trial.kept < 1 else f"said before: {100 * power(trial.days):.0f} %"
        yield Bar(f"experiment of 28 days, {name}: told that it helped", helped, low, high, note, "%")
        truth = InsightWorld(effect=trial.effect).true_effect * trial.kept
        covered = _percent(r.low <= truth <= r.high for r in results if r.low is not None and r.high is not None)
        yield Bar("the same: intervals hold the effect of being assigned", covered, 93, 97, unit="%")
    results = simulation.run("14 days", partial(experiment, SimulatedExperiment(14, EFFECT), world))
    helped = _percent(result.verdict == VerdictCode.HELPED for result in results)
    note = f"said before: {100 * power(14):.0f} %"
    yield Bar("experiment of 14 days, 0.8, all kept: told that it helped", helped, None, None, note, "%")


def _cost(simulation: Simulation) -> Iterator[Bar]:
    for world, outcomes in ((InsightWorld(), "two"), (InsightWorld(has_moods=True), "five")):
        person, spent = world.person(YEAR + 1, np.random.default_rng(simulation.seed)), []
        for _ in range(TIMED_LOOKS):
            began = process_time_ns()
            discover(person.mood, ONE_LOOK_ALPHA, person.others)
            spent.append((process_time_ns() - began) / 1e6)
        what = f"a look at a year with 40 factors and {outcomes} outcomes: p50 of CPU"
        yield Bar(what, median(spent), None, 40, unit="ms")


def _percent(values: Iterable[bool]) -> float:
    """Of the values that are true: nan without values."""
    counted = list(values)
    return 100 * sum(counted) / len(counted) if counted else float("nan")
