from datetime import date, timedelta

import pytest

from functions.plan.rules.adjustments import PlannedDay
from functions.plan.rules.arc import arc
from functions.plan.rules.effect import EffectEstimate
from functions.plan.rules.review import AdherenceCounts, DayDistances, count_adherence, day_distances, summarize
from functions.plan.texts import review_body, review_title
from shared.moods import MOODS, distance

MONDAY = date(2027, 3, 8)
SAD, PEACEFUL = MOODS["sad"].point, MOODS["peaceful"].point
TOO_EARLY = EffectEstimate("not_enough_data", None, None, None, 0, 0.0, {"days_with_a_mood": 5})


def a_week() -> list[PlannedDay]:
    steps = arc(SAD, PEACEFUL, 7).steps
    return [PlannedDay(n, MONDAY + timedelta(days=n - 1), *step, "started") for n, step in enumerate(steps, 1)]


def days_at(*distances: float) -> list[DayDistances]:
    return [DayDistances(number, MONDAY, 0.5, 0.5, actual) for number, actual in enumerate(distances, 1)]


def test_planned_activities_are_not_due() -> None:
    """Done, skipped and missed activities are due. Cancelled ones do not count."""
    statuses = ["done"] * 3 + ["skipped", "missed", "cancelled"] + ["planned"] * 10

    assert count_adherence(statuses) == AdherenceCounts(3, 1, 1, 10, 0.6)


def test_while_nothing_is_due_there_is_no_share() -> None:
    """On the first morning the share is unknown, not zero."""
    assert count_adherence(["planned"] * 21).share is None


def test_each_day_has_a_planned_and_an_actual_distance() -> None:
    """The actual distance is that of the day's mean mood, or None without a mood."""
    moods = {MONDAY: [SAD], MONDAY + timedelta(days=2): [PEACEFUL, SAD]}
    first, second, third, *_, last = day_distances(a_week(), moods, SAD, PEACEFUL)

    assert first.planned == pytest.approx(distance(SAD, PEACEFUL) * 6 / 7, abs=0.001)
    assert first.actual == pytest.approx(distance(SAD, PEACEFUL), abs=0.001)
    assert second.actual is None
    assert third.actual == pytest.approx(distance(SAD, PEACEFUL) / 2, abs=0.001)
    assert [day.adjusted for day in (first, last)] == [first.planned, 0]
    assert last.planned == 0


@pytest.mark.parametrize(
    ("distances", "title"),
    [
        pytest.param([1.4, 0.7, 0.2], "You came to where you wanted to be", id="arrived"),
        pytest.param([1.4, 0.9], "You came part of the way", id="on the way"),
        pytest.param([1.0, 1.4], "The plan is over", id="not nearer"),
        pytest.param([1.6, 1.5], "The plan is over", id="hardly nearer"),
        pytest.param([0.2], "The plan is over", id="ended on its first day"),
        pytest.param([], "The plan is over", id="no mood"),
    ],
)
def test_the_title_of_a_review_follows_the_distances(distances: list[float], title: str) -> None:
    """No title says that the target was not reached."""
    summary = summarize(count_adherence(["done"] * 5), TOO_EARLY, days_at(*distances))

    assert review_title(summary, "en") == title


@pytest.mark.parametrize(
    ("done", "words"), [(0, "that is fine"), (1, "one thing that was meant"), (5, "5 things that were meant")]
)
def test_a_review_says_what_was_done_and_its_effect(done: int, words: str) -> None:
    """The text ends with that of the effect."""
    summary = summarize(count_adherence(["done"] * done + ["missed"]), TOO_EARLY, days_at(1.4, 0.9))

    assert words in review_body(done, TOO_EARLY, "en")
    assert review_body(done, TOO_EARLY, "en").endswith("There were too few days with a mood to tell what the plan did.")
    assert summary.figures["done"] == done
    assert summary.figures["distance_at_last"] == 0.9
    assert summary.figures["verdict"] == "not_enough_data"
