import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ranking.collaborative import Neighbour, score_similar
from shared.ranking.rounding import DECIMALS
from shared.ranking.taste import HALF_LIFE_DAYS, MAX_CONTENTS, WEIGHTS, Taste, decayed, fondness, with_reaction

days = st.floats(0, 400)
steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["music", "rest"]), st.sampled_from(sorted(WEIGHTS)), days)
)


def after(*reactions: str, day: float = 0.0) -> Taste:
    taste = Taste()
    for reaction in reactions:
        taste = with_reaction(taste, "song", "music", reaction, day)
    return taste


def test_a_liking_halves_in_thirty_days() -> None:
    """The half-life of a liking is 30 days."""
    liking = after("like").contents["song"]

    assert decayed(liking, HALF_LIFE_DAYS) == pytest.approx(decayed(liking, 0) / 2)


@pytest.mark.parametrize(
    ("more", "less"), [("like", "view"), ("complete", "start"), ("view", "skip"), ("skip", "dislike")]
)
def test_reactions_have_different_weights(more: str, less: str) -> None:
    """The weights order the likings of the content and of its kind."""
    better, worse = after("start", more), after("start", less)

    assert fondness(better.contents["song"], 0) > fondness(worse.contents["song"], 0)
    assert fondness(better.kinds["music"], 0) > fondness(worse.kinds["music"], 0)


@given(steps)
def test_the_order_of_arrival_changes_no_liking(reactions: list[tuple[str, str, str, float]]) -> None:
    """Late reactions count as if they had arrived in time."""
    in_order, reversed_order = Taste(), Taste()
    for step in reactions:
        in_order = with_reaction(in_order, *step)
    for step in reversed(reactions):
        reversed_order = with_reaction(reversed_order, *step)

    for kind, liking in in_order.kinds.items():
        assert decayed(reversed_order.kinds[kind], 400) == pytest.approx(decayed(liking, 400), abs=1e-9)
    assert {key: day for key, (_, day) in reversed_order.contents.items()} == {
        key: day for key, (_, day) in in_order.contents.items()
    }


@given(steps)
def test_a_taste_survives_json(reactions: list[tuple[str, str, str, float]]) -> None:
    """Writing and reading give the same taste, and writing again the same JSON."""
    taste = Taste()
    for step in reactions:
        taste = with_reaction(taste, *step)
    written = json.loads(json.dumps(taste.to_json()))

    read = Taste.from_json(written)

    assert read.to_json() == written
    assert read.contents.keys() == taste.contents.keys()
    assert read.hidden == taste.hidden
    for kind, liking in taste.kinds.items():
        assert read.kinds[kind] == pytest.approx(liking, abs=10**-DECIMALS)


def test_an_empty_document_is_an_empty_taste() -> None:
    """This is the taste of a new person."""
    assert Taste.from_json({}) == Taste()


def test_a_taste_has_a_largest_size() -> None:
    """The least relevant contents are dropped first. Hidden ones stay."""
    taste = with_reaction(Taste(), "horror", "film", "hide", 0)
    taste = with_reaction(taste, "song", "music", "like", 0)
    for number in range(500):
        taste = with_reaction(taste, f"advertisement {number}", "music", "view", number / 10)

    assert len(taste.contents) == MAX_CONTENTS
    assert {"song", "advertisement 499"} <= taste.contents.keys()
    assert taste.hidden == {"horror"}


@given(st.floats(-100, 100))
def test_fondness_is_bounded(value: float) -> None:
    """Even many likes stay below 1, so that taste does not outweigh everything else."""
    assert -1 < fondness((value, 0), 0) < 1


def test_neighbours_of_liked_items_have_scores() -> None:
    """The score grows with similarity and people. Items that the person has met have none."""
    table = [
        Neighbour("song", "album", 0.5, 200),
        Neighbour("song", "concert", 0.5, 2),
        Neighbour("song", "noise", -0.5, 200),
        Neighbour("tune", "song", 0.9, 200),
    ]

    scores = score_similar({"song": 1.0, "tune": 1.0}, table)

    assert set(scores) == {"album", "concert"}
    assert scores["album"].score > scores["concert"].score > 0
    assert scores["album"].people == 200
