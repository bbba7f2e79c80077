"""What simulated people are shown: by one look, by the ledger, and by an experiment."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from functools import partial
from typing import NamedTuple, TypeVar
from zlib import crc32

import numpy as np

from functions.insights.job.rules.association import Association
from functions.insights.job.rules.discovery import discover
from functions.insights.job.rules.experiment import ExperimentResult, analyse
from functions.insights.job.rules.ledger import DAYS_A_LOOK, Ledger
from functions.insights.rules.experiment_draw import draw
from infra.evaluate.insights.world import PLANTED, SHIFTED_MOOD, InsightWorld, SimulatedDays

T = TypeVar("T")
PEOPLE_PER_TASK = 20


class ShownAssociation(NamedTuple):
    day: int  # of the look that found it
    association: Association
    is_true: bool

    def holds(self, effect: float) -> bool:
        """Whether the interval holds the true effect: that of the planted tag, or none."""
        return self.association.low <= (effect if self.is_true else 0.0) <= self.association.high


class SimulatedLooks(NamedTuple):
    prevalence: float
    shown: tuple[ShownAssociation, ...]
    tested: tuple[Association, ...]  # at the last look
    forgets_tags: bool  # said at the last look

    @property
    def is_misled(self) -> bool:
        return not all(shown.is_true for shown in self.shown)

    def finds_by(self, day: int) -> bool:
        return any(shown.is_true and shown.day <= day for shown in self.shown)


def one_look(world: InsightWorld, days: int, alpha: float, rng: np.random.Generator) -> SimulatedLooks:
    person = world.person(days, rng)
    discovery = discover(person.mood, alpha, person.others)
    shown = tuple(_shown(world, days, found) for found in discovery.found)
    return SimulatedLooks(person.prevalence, shown, discovery.tested, discovery.forgets_tags)


def by_ledger(world: InsightWorld, days: int, rng: np.random.Generator) -> SimulatedLooks:
    """Every look that is due until that day. Each finding is kept as it was first shown."""
    person, ledger = world.person(days, rng), Ledger()
    shown: dict[tuple[str, str, int], ShownAssociation] = {}
    for day, entry_days in _looks(person):
        days_so_far = person.until(day)
        discovery = discover(days_so_far.mood, ledger.alpha_due(entry_days), days_so_far.others)
        ledger = ledger.after_look(entry_days)
        for found in discovery.found:
            shown.setdefault((found.factor, found.outcome, found.lag), _shown(world, day, found))
    return SimulatedLooks(person.prevalence, tuple(shown.values()), discovery.tested, discovery.forgets_tags)


def _shown(world: InsightWorld, day: int, found: Association) -> ShownAssociation:
    planted = {"valence": world.effect, SHIFTED_MOOD: world.mood_shift}
    is_true = PLANTED in found.names and found.lag == 0 and planted.get(found.outcome, 0) > 0
    return ShownAssociation(day, found, is_true)


def _looks(person: SimulatedDays) -> Iterator[tuple[int, int]]:
    counts = np.isfinite(person.mood.outcome).cumsum()
    for entry_days in range(DAYS_A_LOOK, int(counts[-1]) + 1, DAYS_A_LOOK):
        yield int(np.searchsorted(counts, entry_days)) + 1, entry_days


class SimulatedExperiment(NamedTuple):
    days: int
    effect: float  # in points, on a day on which it is done
    kept: float = 1.0  # share of the yes-days on which it is done
    missing: float = 0.0  # share of the days without a mood


def experiment(trial: SimulatedExperiment, world: InsightWorld, rng: np.random.Generator) -> ExperimentResult:
    """The tag of this world is what is done."""
    drawn = draw(f"{rng.integers(2**62)}", trial.days)
    done = np.array(drawn) & (rng.random(trial.days) < trial.kept)
    moods = world.rounded(world.level(trial.days, rng) + trial.effect * done)
    moods[rng.random(trial.days) < trial.missing] = np.nan
    return analyse(drawn, moods, done.astype(float))


class Simulation(NamedTuple):
    processes: Executor
    seed: int
    people: int  # of each cell

    def run(self, what: str, life: Callable[[np.random.Generator], T]) -> list[T]:
        """The lives of a cell's people. Each cell has random numbers of its own."""
        lives = partial(_life, life, self.seed, crc32(what.encode()))
        return list(self.processes.map(lives, range(self.people), chunksize=PEOPLE_PER_TASK))


def _life(life: Callable[[np.random.Generator], T], *seed: int) -> T:
    return life(np.random.default_rng(seed))
