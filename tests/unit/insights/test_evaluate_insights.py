from argparse import Namespace

import numpy as np
import pytest

from functions.insights.job.rules.experiment import VerdictCode
from infra.evaluate.insights import report
from infra.evaluate.insights.lives import SimulatedExperiment, SimulatedLooks, by_ledger, experiment, one_look
from infra.evaluate.insights.world import InsightWorld

PEOPLE = 40


def looks(world: InsightWorld) -> list[SimulatedLooks]:
    return [one_look(world, 120, 0.05, np.random.default_rng(number)) for number in range(PEOPLE)]


def test_few_people_are_misled_where_nothing_has_an_effect() -> None:
    """About one in twenty is, so of 40 people with these fixed seeds at most four."""
    lives = looks(InsightWorld())

    assert sum(life.is_misled for life in lives) <= 4
    assert not any(life.finds_by(120) for life in lives)


def test_a_planted_effect_is_found_for_most_people() -> None:
    """With 0.8 of five points, 120 days and 40 tags."""
    lives = looks(InsightWorld(effect=0.8))

    assert sum(life.finds_by(120) for life in lives) >= 20
    assert sum(life.is_misled for life in lives) <= 4


def test_intervals_hold_the_truth() -> None:
    """About 95 % of those of all factors tested do."""
    inside = [each.low <= 0 <= each.high for life in looks(InsightWorld(phi=0.7)) for each in life.tested]

    assert 0.92 < np.mean(inside) < 0.98


def test_the_ledger_shows_each_finding_once() -> None:
    """A finding of an early look is not found again later, and looks wait for 28 days with entries."""
    life = by_ledger(InsightWorld(effect=1.5, tags=10, has_gaps=True), 182, np.random.default_rng(3))

    keys = [(each.association.factor, each.association.outcome, each.association.lag) for each in life.shown]
    assert len(keys) == len(set(keys))
    assert life.finds_by(182)
    assert min(each.day for each in life.shown) > 28


def test_an_experiment_tells_few_a_benefit_without_an_effect() -> None:
    """Only the draw decides the error rate; with an effect most people are told."""
    told = {
        effect: sum(
            experiment(SimulatedExperiment(28, effect), InsightWorld(), np.random.default_rng(number)).verdict
            == VerdictCode.HELPED
            for number in range(PEOPLE)
        )
        for effect in (0.0, 0.8)
    }

    assert told[0.0] <= 4
    assert told[0.8] >= 24


@pytest.mark.slow
def test_every_figure_is_printed_beside_its_bar(capsys: pytest.CaptureFixture[str]) -> None:
    """So few people say little, but each figure is there."""
    report.main(Namespace(seed=1, quick=True))

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 31
    assert sum(line.startswith(("ok", "MISS")) for line in lines) == 25
