from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers, sampled_from, tuples

from functions.plan.rules.arc import DAILY_STEP, MAX_DAYS, MIN_DAYS, Arc, TooFar, arc, too_far
from shared.moods import MOODS, Point, distance, nearest

DURATIONS = range(MIN_DAYS, MAX_DAYS + 1)
SLACK = 1e-9

points = tuples(floats(-1, 1), floats(-1, 1))
moods = sampled_from(sorted(MOODS))


def between(start: str, target: str, days: int) -> Arc:
    return arc(MOODS[start].point, MOODS[target].point, days)


def words(way: Arc) -> list[str]:
    return [step.mood for step in way.steps]


def assert_kept(way: Arc, start: Point, target: Point, days: int) -> None:
    """What holds of every way, wherever it starts and however short it is."""
    walked = [start, *(step.point for step in way.steps)]
    left = [distance(point, target) for point in walked]

    assert len(way.steps) == days
    assert all(distance(a, b) <= DAILY_STEP + SLACK for a, b in pairwise(walked))
    assert all(max(map(abs, point)) <= 1 for point in walked)
    assert all(later < earlier or earlier == 0 for earlier, later in pairwise(left))


@pytest.mark.parametrize("start", sorted(MOODS))
def test_every_way_between_two_moods_leads_nearer_each_day(start: str) -> None:
    """To each other mood, in any number of days: never away from it, never too far in a day, and there if it can be."""
    for target in MOODS.keys() - {start}:
        for days in DURATIONS:
            way = between(start, target, days)

            assert_kept(way, MOODS[start].point, MOODS[target].point, days)
            assert way.arrives == (too_far(MOODS[start].point, MOODS[target].point, days) is None)
            if way.arrives:
                assert way.steps[-1].point == MOODS[target].point
                assert way.steps[-1].mood == target


@given(points, moods, integers(1, MAX_DAYS))
def test_a_way_may_start_anywhere(start: Point, target: str, days: int) -> None:
    """Where a person is on the third day need not be any mood's own place, and there may be one day left."""
    assert_kept(arc(start, MOODS[target].point, days), start, MOODS[target].point, days)


@given(points, moods, integers(1, MAX_DAYS))
def test_no_pleasant_day_is_called_by_an_unpleasant_word(start: Point, target: str, days: int) -> None:
    """And on the other side no unpleasant word stands but those of where the way starts and ends."""
    for step in arc(start, MOODS[target].point, days).steps:
        if step.point[0] > 0:
            assert MOODS[step.mood].valence > 0
        assert MOODS[step.mood].valence > 0 or step.mood in {nearest(*start).name, target}


@pytest.mark.parametrize(
    "start", sorted(name for name, mood in MOODS.items() if mood.quadrant == "unpleasant_activated")
)
@pytest.mark.parametrize("target", ["happy", "energetic", "content", "loved", "inspired"])
def test_agitation_comes_down_before_it_turns_pleasant(start: str, target: str) -> None:
    """In a fortnight there is time for it: it falls from the first day on, and stays below the straight way."""
    here, there = MOODS[start].point, MOODS[target].point
    steps = [step.point for step in between(start, target, 14).steps]
    slope = (there[1] - here[1]) / (there[0] - here[0])

    assert here[1] - steps[0][1] > abs(steps[0][0] - here[0]) / 3
    assert all(point[1] < here[1] + slope * (point[0] - here[0]) for point in steps[:-1])


def test_anger_passes_through_calm_on_its_way_to_energy() -> None:
    """Both are high in arousal; in between it falls to a third."""
    lowest = min(step.point[1] for step in between("angry", "energetic", 14).steps)

    assert lowest < MOODS["angry"].arousal / 3


def test_sadness_goes_straight() -> None:
    """Without agitation there is nothing to walk around."""
    here, there = MOODS["sad"].point, MOODS["peaceful"].point
    steps = [step.point for step in between("sad", "peaceful", 7).steps]

    assert steps == [
        pytest.approx((here[0] + (there[0] - here[0]) * day / 7, here[1] + (there[1] - here[1]) * day / 7))
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
def test_a_journey_reads_well(start: str, target: str, days: int, expected: list[str]) -> None:
    """From where one is, by way of okay, to where one would like to be."""
    assert words(between(start, target, days)) == expected


def test_a_day_sets_out_from_where_the_last_one_led() -> None:
    """The first one from the mood that the plan was made in."""
    steps = between("exhausted", "energetic", 10).steps

    assert [step.leaving for step in steps] == ["exhausted", *(step.mood for step in steps[:-1])]


@pytest.mark.parametrize(
    ("start", "target", "fewest"),
    [("sad", "peaceful", 5), ("anxious", "calm", 5), ("exhausted", "energetic", 6), ("okay", "content", 2)],
)
def test_as_many_days_as_it_takes_are_enough(start: str, target: str, fewest: int) -> None:
    """One fewer is refused, with how many it takes."""
    here, there = MOODS[start].point, MOODS[target].point

    assert too_far(here, there, fewest) is None
    assert (refused := too_far(here, there, fewest - 1))
    assert refused.fewest_days == fewest


def test_what_is_too_far_is_answered_with_what_is_not() -> None:
    """Three days after hopelessness nobody is thrilled, but things may be okay."""
    here = MOODS["hopeless"].point

    assert too_far(here, MOODS["excited"].point, 3) == TooFar(6, "okay")
    assert too_far(here, MOODS["okay"].point, 3) is None


def test_where_nothing_pleasant_can_be_reached_none_is_promised() -> None:
    """A single day leads from terror to nothing pleasant."""
    assert too_far(MOODS["afraid"].point, MOODS["calm"].point, 1) == TooFar(6, None)


def test_a_way_that_cannot_arrive_goes_as_far_as_it_goes() -> None:
    """Each of its days is as long as a day may be, straight towards the target."""
    here, there = MOODS["hopeless"].point, MOODS["excited"].point
    way = arc(here, there, 3)

    assert not way.arrives
    assert distance(here, way.steps[-1].point) == pytest.approx(3 * DAILY_STEP)
    assert distance(way.steps[-1].point, there) == pytest.approx(distance(here, there) - 3 * DAILY_STEP)


def test_whoever_is_there_already_stays() -> None:
    """Every day that is left has the target for its aim."""
    there = MOODS["calm"].point

    assert [step.point for step in arc(there, there, 4).steps] == [there] * 4
