from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers, sampled_from, tuples

from functions.plan.rules.arc import DAILY_STEP, MAX_DAYS, MIN_DAYS, Arc, TooFar, arc, too_far
from shared.moods import MOODS, Point, distance, nearest

DURATIONS = range(MIN_DAYS, MAX_DAYS + 1)
SLACK = 1e-9

any_point = tuples(floats(-1, 1), floats(-1, 1))
moods = sampled_from(sorted(MOODS))


def between(start: str, target: str, days: int) -> Arc:
    return arc(MOODS[start].point, MOODS[target].point, days)


def moods_of(path: Arc) -> list[str]:
    return [step.target for step in path.steps]


def assert_rules_kept(path: Arc, start: Point, target: Point, days: int) -> None:
    """The rules that every arc keeps."""
    points = [start, *(step.point for step in path.steps)]
    left = [distance(point, target) for point in points]

    assert len(path.steps) == days
    assert all(distance(a, b) <= DAILY_STEP + SLACK for a, b in pairwise(points))
    assert all(max(map(abs, point)) <= 1 for point in points)
    assert all(later < earlier or earlier == 0 for earlier, later in pairwise(left))


@pytest.mark.parametrize("start", sorted(MOODS))
def test_every_arc_between_two_moods_leads_nearer_each_day(start: str) -> None:
    """For any target and number of days: never away from it, never over a daily step, and to the target if possible."""
    for target in MOODS.keys() - {start}:
        for days in DURATIONS:
            path = between(start, target, days)

            assert_rules_kept(path, MOODS[start].point, MOODS[target].point, days)
            assert path.reaches_target == (too_far(MOODS[start].point, MOODS[target].point, days) is None)
            if path.reaches_target:
                assert path.steps[-1].point == MOODS[target].point
                assert path.steps[-1].target == target


@given(any_point, moods, integers(1, MAX_DAYS))
def test_an_arc_may_start_at_any_point(start: Point, target: str, days: int) -> None:
    """The mean of a day's moods need not be the point of a mood, and there may be one day left."""
    assert_rules_kept(arc(start, MOODS[target].point, days), start, MOODS[target].point, days)


@given(any_point, moods, integers(1, MAX_DAYS))
def test_no_pleasant_day_has_an_unpleasant_mood(start: Point, target: str, days: int) -> None:
    """On the unpleasant side only the moods of the start and the target are named."""
    for step in arc(start, MOODS[target].point, days).steps:
        if step.point[0] > 0:
            assert MOODS[step.target].valence > 0
        assert MOODS[step.target].valence > 0 or step.target in {nearest(*start).name, target}


@pytest.mark.parametrize(
    "start", sorted(name for name, mood in MOODS.items() if mood.quadrant == "unpleasant_activated")
)
@pytest.mark.parametrize("target", ["happy", "energetic", "content", "loved", "inspired"])
def test_agitation_comes_down_before_it_turns_pleasant(start: str, target: str) -> None:
    """In 14 days there is time for it: arousal falls from the first day on, and stays below the straight line."""
    begin, end = MOODS[start].point, MOODS[target].point
    steps = [step.point for step in between(start, target, 14).steps]
    slope = (end[1] - begin[1]) / (end[0] - begin[0])

    assert begin[1] - steps[0][1] > abs(steps[0][0] - begin[0]) / 3
    assert all(point[1] < begin[1] + slope * (point[0] - begin[0]) for point in steps[:-1])


def test_an_arc_from_angry_to_energetic_passes_through_calm() -> None:
    """Both are high in arousal. In between it falls to a third."""
    lowest = min(step.point[1] for step in between("angry", "energetic", 14).steps)

    assert lowest < MOODS["angry"].arousal / 3


def test_an_arc_from_a_calm_mood_is_straight() -> None:
    """Only an unpleasant and activated start makes it turn."""
    begin, end = MOODS["sad"].point, MOODS["peaceful"].point
    steps = [step.point for step in between("sad", "peaceful", 7).steps]

    assert steps == [
        pytest.approx((begin[0] + (end[0] - begin[0]) * day / 7, begin[1] + (end[1] - begin[1]) * day / 7))
        for day in range(1, 8)
    ]


@pytest.mark.parametrize(
    ("start", "target", "days", "expected"),
    [
        ("sad", "peaceful", 7, ["sad", "sad", "okay", "okay", "relieved", "calm", "peaceful"]),
        ("anxious", "calm", 5, ["anxious", "okay", "okay", "relieved", "calm"]),
        ("okay", "grateful", 3, ["okay", "satisfied", "grateful"]),
    ],
)
def test_the_moods_of_an_arc_read_well(start: str, target: str, days: int, expected: list[str]) -> None:
    """From the current mood, by way of okay, to the target."""
    assert moods_of(between(start, target, days)) == expected


def test_a_day_starts_from_the_target_of_the_day_before() -> None:
    """The first day starts from the current mood."""
    steps = between("exhausted", "energetic", 10).steps

    assert [step.from_mood for step in steps] == ["exhausted", *(step.target for step in steps[:-1])]


@pytest.mark.parametrize(
    ("start", "target", "fewest"),
    [("sad", "peaceful", 5), ("anxious", "calm", 5), ("exhausted", "energetic", 6), ("okay", "content", 2)],
)
def test_the_fewest_days_are_enough(start: str, target: str, fewest: int) -> None:
    """One fewer is too few, and the answer says how many are needed."""
    begin, end = MOODS[start].point, MOODS[target].point

    assert too_far(begin, end, fewest) is None
    assert (far := too_far(begin, end, fewest - 1))
    assert far.fewest_days == fewest


def test_a_target_too_far_comes_with_a_reachable_mood() -> None:
    """From hopeless, three days are too few for excited, and enough for okay."""
    begin = MOODS["hopeless"].point

    assert too_far(begin, MOODS["excited"].point, 3) == TooFar(6, "okay")
    assert too_far(begin, MOODS["okay"].point, 3) is None


def test_without_a_reachable_pleasant_mood_none_is_named() -> None:
    """One day is too few from afraid to any pleasant mood."""
    assert too_far(MOODS["afraid"].point, MOODS["calm"].point, 1) == TooFar(6, None)


def test_an_arc_that_cannot_reach_its_target_goes_as_far_as_possible() -> None:
    """Every day is a full daily step, straight towards the target."""
    begin, end = MOODS["hopeless"].point, MOODS["excited"].point
    path = arc(begin, end, 3)

    assert not path.reaches_target
    assert distance(begin, path.steps[-1].point) == pytest.approx(3 * DAILY_STEP)
    assert distance(path.steps[-1].point, end) == pytest.approx(distance(begin, end) - 3 * DAILY_STEP)


def test_an_arc_from_its_target_stays_there() -> None:
    """Every day has the target as its point."""
    end = MOODS["calm"].point

    assert [step.point for step in arc(end, end, 4).steps] == [end] * 4
