from argparse import Namespace
from collections import Counter
from pathlib import Path

import pytest

from infra.evaluate import movielens, off_policy, report
from infra.evaluate.movielens import Rating
from infra.evaluate.off_policy import LoggedPlace, snips
from infra.evaluate.world import seeded_random


@pytest.fixture(scope="module")
def ratings() -> list[Rating]:
    return movielens.synthetic(1, users=300, items=300, count=15_000)


@pytest.mark.slow
def test_everything_is_measured_in_one_quick_run(capsys: pytest.CaptureFixture[str]) -> None:
    """A quick run prints one line for each figure, with its bar."""
    report.main(Namespace(ratings=None, seed=1, quick=True))

    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith(("ok", "MISS")) for line in lines) == len(lines) - 2
    assert {"nothing helps", "90 % intervals", "Kendall tau", "off-policy", "ranking 208", "made-up ratings"} <= {
        what for line in lines for what in (line[6:19], line[6:20], line[6:17], line[6:16], line[6:21])
    }
    assert lines[0].startswith("ok")


def test_a_quarter_of_each_users_ratings_is_held_back(ratings: list[Rating]) -> None:
    """The same seed holds back the same quarter, and training does not use it."""
    train, test = movielens.split(ratings, 42)

    assert (train, test) == movielens.split(ratings, 42)
    assert not set(train) & set(test)
    of_each, held = Counter(r.user for r in ratings), Counter(r.user for r in test)
    assert all(held[user] == round(count / 4) for user, count in of_each.items())


def test_a_rating_file_has_the_layout_of_movielens(tmp_path: Path, ratings: list[Rating]) -> None:
    """The columns are user, item, rating and time, separated by tabs."""
    path = tmp_path / "u.data"
    path.write_text("".join(f"{r.user}\t{r.item}\t{r.rating:g}\t{r.at}\n" for r in ratings))

    assert movielens.read(path) == ratings


@pytest.mark.slow
def test_the_served_table_beats_popularity(ratings: list[Rating]) -> None:
    """It is nearly as good as the full matrix."""
    scores = movielens.evaluate(ratings, 42)

    assert scores["served"].ndcg > scores["popularity"].ndcg
    assert scores["served"].ndcg > 0.9 * scores["full matrix"].ndcg


def test_another_policy_is_estimated_from_the_log() -> None:
    """The log shows two items equally often, with rewards 1 and 0. A policy that shows the first in 90 % has the
    value 0.9.
    """
    rng = seeded_random("log", 7)
    log = []
    for number in range(4000):
        good = rng.random() < 0.5
        log.append(LoggedPlace(number, float(good), 0.5, 0.9 if good else 0.1))

    value = off_policy.snips(log)

    assert value.covers(0.9)
    assert value.margin < 0.03
    assert 0 < value.effective < len(log)


def test_places_of_one_list_are_not_independent() -> None:
    """Ten places with the same reward count as one observation."""
    rng = seeded_random("log", 7)
    rewards = [rng.random() for _ in range(100)]
    apart = snips([LoggedPlace(n, rewards[n % 100], 0.5, 0.5) for n in range(1000)])
    together = snips([LoggedPlace(n % 100, rewards[n % 100], 0.5, 0.5) for n in range(1000)])

    assert together.margin == pytest.approx(apart.margin * 10**0.5, rel=0.02)
