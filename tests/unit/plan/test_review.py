from datetime import date, timedelta

import pytest

from functions.plan.rules.adjustments import Day
from functions.plan.rules.arc import arc
from functions.plan.rules.effect import Effect
from functions.plan.rules.review import Adherence, Walked, adherence, review, walked
from shared.moods import MOODS, distance

MONDAY = date(2027, 3, 8)
SAD, PEACEFUL = MOODS["sad"].point, MOODS["peaceful"].point
UNTOLD = Effect("not_enough_data", "It is too early to tell.", None, None, None, 0, 0.0, {})


def a_week() -> list[Day]:
    steps = arc(SAD, PEACEFUL, 7).steps
    return [Day(n, MONDAY + timedelta(days=n - 1), *step, "lived") for n, step in enumerate(steps, 1)]


def told(*distances: float) -> list[Walked]:
    return [Walked(number, MONDAY, 0.5, 0.5, walked) for number, walked in enumerate(distances, 1)]


def test_what_is_still_ahead_is_not_due() -> None:
    """The share is that of what was done, skipped or missed; what was cancelled counts for nothing."""
    statuses = ["done"] * 3 + ["skipped", "missed", "cancelled"] + ["planned"] * 10

    assert adherence(statuses) == Adherence(3, 1, 1, 10, 0.6)


def test_nothing_due_has_no_share() -> None:
    """On the first morning nobody has done too little."""
    assert adherence(["planned"] * 21).share is None


def test_the_way_walked_stands_beside_the_way_planned() -> None:
    """By day, how far from the target it was to end and how far it did, as far as a mood tells."""
    felt = {MONDAY: [SAD], MONDAY + timedelta(days=2): [PEACEFUL, SAD]}
    first, second, third, *_, last = walked(a_week(), felt, SAD, PEACEFUL)

    assert first.planned == pytest.approx(distance(SAD, PEACEFUL) * 6 / 7, abs=0.001)
    assert first.walked == pytest.approx(distance(SAD, PEACEFUL), abs=0.001)
    assert second.walked is None
    assert third.walked == pytest.approx(distance(SAD, PEACEFUL) / 2, abs=0.001)
    assert [day.aimed for day in (first, last)] == [first.planned, 0]
    assert last.planned == 0


@pytest.mark.parametrize(
    ("distances", "title"),
    [
        pytest.param([1.4, 0.7, 0.2], "You came to where you wanted to be", id="arrived"),
        pytest.param([1.4, 0.9], "You came part of the way", id="on the way"),
        pytest.param([1.0, 1.4], "The plan is over", id="not nearer"),
        pytest.param([], "The plan is over", id="nothing told"),
    ],
)
def test_a_review_says_how_far_the_way_led(distances: list[float], title: str) -> None:
    """And never that somebody did not get there."""
    assert review(adherence(["done"] * 5), UNTOLD, told(*distances)).title == title


@pytest.mark.parametrize(
    ("done", "said"), [(0, "that is fine"), (1, "one thing that was meant"), (5, "5 things that were meant")]
)
def test_a_review_says_what_was_done_and_what_it_went_with(done: int, said: str) -> None:
    """In one breath with what can be said of the effect."""
    told_of = review(adherence(["done"] * done + ["missed"]), UNTOLD, told(1.4, 0.9))

    assert said in told_of.body
    assert told_of.body.endswith(UNTOLD.text)
    assert told_of.figures["done"] == done
    assert told_of.figures["distance_at_last"] == 0.9
    assert told_of.figures["verdict"] == "not_enough_data"
