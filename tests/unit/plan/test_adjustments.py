from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers, sampled_from, tuples

from functions.plan.rules.adjustments import (
    ENDED,
    OFF_COURSE,
    PAUSED,
    PAUSED_FOR_CARE,
    SPARED,
    Adaptation,
    Day,
    catch_up,
    follow_mood,
    resume,
)
from functions.plan.rules.arc import DAILY_STEP, arc
from functions.plan.rules.choice import Option, Place, Wishes, choose
from shared.moods import MOODS, Point, distance
from tests.unit.plan.catalogue import made_up

DAY = timedelta(days=1)
MONDAY = date(2027, 3, 8)
PEACEFUL, SAD, ANGRY = (MOODS[name].point for name in ("peaceful", "sad", "angry"))
FEW = [Option(made_up(number, repeatable=True), 0.1) for number in range(6)]
UNKIND = {
    "fail",
    "failed",
    "should",
    "must",
    "behind",
    "late",
    "lost",
    "streak",
    "points",
    "level",
    "only",
    "but",
    "goal",
}

points = tuples(floats(-1, 1), floats(-1, 1))
targets = sampled_from([mood.point for mood in MOODS.values() if mood.valence > 0])


def a_week(lived: int = 0, start: Point = SAD, target: Point = PEACEFUL) -> tuple[Day, ...]:
    """From Monday to Sunday, of which the first few days were lived."""
    steps = arc(start, target, 7).steps
    return tuple(
        Day(number, MONDAY + DAY * (number - 1), *step, "lived" if number <= lived else "ahead")
        for number, step in enumerate(steps, 1)
    )


def taken(adaptation: Adaptation | None) -> Adaptation:
    assert adaptation
    return adaptation


def states(days: Iterable[Day]) -> list[str]:
    return [day.state for day in days]


def dates(days: Iterable[Day]) -> list[int]:
    return [day.date.day for day in days]


def near(point: Point) -> Point:
    return point[0] + OFF_COURSE / 2, point[1]


def test_a_mood_near_the_arc_changes_nothing() -> None:
    """Neither one near where the day leads, nor one near where it set out."""
    days = a_week(lived=2)

    assert follow_mood(days, days[2].date, [near(days[2].aim)], PEACEFUL) is None
    assert follow_mood(days, days[2].date, [MOODS[days[2].leaving].point], PEACEFUL) is None


def test_a_mood_off_the_arc_bends_the_days_after_today() -> None:
    """They start from there; today and what was lived stay as they are, and every date stays."""
    days = a_week(lived=2)
    bent = taken(follow_mood(days, days[2].date, [ANGRY], PEACEFUL))

    assert bent.change.code == "bent"
    assert bent.days[:3] == days[:3]
    assert distance(ANGRY, bent.days[3].aim) <= DAILY_STEP + 1e-9
    assert bent.days[3].leaving == "angry"
    assert 4 in bent.anew
    assert dates(bent.days) == dates(days)


def test_a_bend_does_not_speak_of_a_day_that_is_settled() -> None:
    """Tomorrow may be skipped already: then it is the day after that starts from there."""
    today, tomorrow, *later = a_week()
    bent = taken(follow_mood([today, tomorrow._replace(state="lived"), *later], today.date, [ANGRY], PEACEFUL))

    assert bent.days[1].leaving == tomorrow.leaving
    assert "omorrow" not in bent.change.text


def test_one_bad_hour_is_not_a_bad_day() -> None:
    """The moods of a day are taken together."""
    days = a_week(lived=2)

    assert follow_mood(days, days[2].date, [days[2].aim] * 3 + [ANGRY], PEACEFUL) is None


def test_being_ahead_of_the_plan_is_welcome() -> None:
    """Whoever feels peaceful on the second day sets out from there on the third."""
    days = a_week(lived=1)
    bent = taken(follow_mood(days, days[1].date, [PEACEFUL], PEACEFUL))

    assert bent.change.code == "ahead"
    assert {day.mood for day in bent.days[2:]} == {"peaceful"}


def test_what_cannot_be_reached_any_more_is_said() -> None:
    """Angry two days before the end: the way leads as far as it leads, and says how far."""
    days = a_week(lived=4)
    bent = taken(follow_mood(days, days[4].date, [ANGRY], PEACEFUL))

    assert "as far as okay" in bent.change.text
    assert distance(bent.days[-1].aim, PEACEFUL) < distance(ANGRY, PEACEFUL)


def test_no_way_is_said_to_lead_to_an_unpleasant_mood() -> None:
    """With one day left, anger is still nearest: the day leads part of the way."""
    days = a_week(lived=5)
    bent = taken(follow_mood(days, days[5].date, [ANGRY], PEACEFUL))

    assert bent.days[-1].mood == "angry"
    assert "part of the way" in bent.change.text


def test_the_last_day_has_nothing_to_bend() -> None:
    """Nor has a day of no plan, nor a day without a mood."""
    days = a_week(lived=6)

    assert follow_mood(days, days[6].date, [ANGRY], PEACEFUL) is None
    assert follow_mood(days, MONDAY - DAY, [ANGRY], PEACEFUL) is None
    assert follow_mood(a_week(), MONDAY, [], PEACEFUL) is None


def test_a_missed_day_is_left_behind() -> None:
    """It is marked, the days ahead keep their dates, and the way goes on from the last aim that was lived."""
    days = a_week(lived=2)
    caught_up = taken(catch_up(days, days[3].date, None, PEACEFUL))

    assert caught_up.change.code == "missed"
    assert states(caught_up.days) == ["lived", "lived", "missed", "ahead", "ahead", "ahead", "ahead"]
    assert dates(caught_up.days) == dates(days)
    assert caught_up.days[3].aim == pytest.approx(arc(days[1].aim, PEACEFUL, 4).steps[0].point)


def test_a_known_mood_counts_for_more_than_the_last_aim() -> None:
    """After days away the way goes on from how the person feels."""
    days = a_week(lived=1)
    caught_up = taken(catch_up(days, days[4].date, ANGRY, PEACEFUL))

    assert caught_up.days[4].leaving == "angry"
    assert "3 days went by" in caught_up.change.text


def test_a_plan_never_begun_starts_where_it_would_have() -> None:
    """Whoever misses the first day sets out on the second from the mood the plan was made in."""
    days = a_week()
    caught_up = taken(catch_up(days, days[1].date, None, PEACEFUL))

    assert caught_up.days[1].leaving == "sad"


def test_nothing_missed_changes_nothing() -> None:
    """On time, or before the plan has begun."""
    assert catch_up(a_week(lived=2), MONDAY + 2 * DAY, None, PEACEFUL) is None
    assert catch_up(a_week(), MONDAY - 3 * DAY, ANGRY, PEACEFUL) is None


def test_a_plan_that_went_by_says_so_and_no_more() -> None:
    """There are no days left to lead anywhere."""
    caught_up = taken(catch_up(a_week(lived=5), MONDAY + 30 * DAY, ANGRY, PEACEFUL))

    assert states(caught_up.days)[5:] == ["missed", "missed"]
    assert caught_up.anew == frozenset()


@pytest.mark.parametrize(
    ("lived", "today", "expected", "when"),
    [
        pytest.param(2, 20, [8, 9, 20, 21, 22, 23, 24], "today", id="a pause of some days"),
        pytest.param(2, 9, [8, 9, 10, 11, 12, 13, 14], "tomorrow", id="on the day that was lived already"),
        pytest.param(0, 1, [8, 9, 10, 11, 12, 13, 14], "goes on,", id="before the plan has begun"),
        pytest.param(7, 20, [8, 9, 10, 11, 12, 13, 14], "goes on,", id="with no day left"),
    ],
)
def test_a_pause_moves_the_days_ahead(lived: int, today: int, expected: list[int], when: str) -> None:
    """None comes sooner than it was, none falls on a day that has its set already."""
    resumed = resume(a_week(lived), date(2027, 3, today))

    assert dates(resumed.days) == expected
    assert states(resumed.days) == states(a_week(lived))
    assert when in resumed.change.text


def test_a_day_that_was_lived_early_keeps_its_date() -> None:
    """The others are laid around it."""
    monday, tuesday, *rest = a_week()
    days = [monday, tuesday._replace(state="lived"), *rest]

    assert dates(resume(days, MONDAY).days) == [8, 9, 10, 11, 12, 13, 14]
    assert dates(resume(days, MONDAY + DAY).days) == [10, 9, 11, 12, 13, 14, 15]


@given(points, targets, integers(0, 6), integers(0, 8))
def test_the_days_ahead_form_one_way(felt: Point, target: Point, lived: int, passed: int) -> None:
    """Whatever was felt and missed: from day to day within the daily step, each nearer to the target."""
    days = a_week(lived)
    today = MONDAY + DAY * passed
    days = (catch_up(days, today, felt, target) or Adaptation(PAUSED, days)).days
    bent = follow_mood(days, today, [felt], target)
    ahead = [day.aim for day in bent.days if day.state == "ahead" and day.date > today] if bent else []

    for earlier, later in pairwise([felt, *ahead]):
        assert distance(earlier, later) <= DAILY_STEP + 1e-9
        assert distance(later, target) <= distance(earlier, target)


def all_changes() -> list[str]:
    days = a_week(lived=2)
    adaptations = [
        follow_mood(days, days[2].date, [ANGRY], PEACEFUL),
        follow_mood(days, days[2].date, [PEACEFUL], PEACEFUL),
        follow_mood(a_week(lived=4), days[4].date, [ANGRY], PEACEFUL),
        catch_up(days, days[3].date, None, PEACEFUL),
        catch_up(days, days[5].date, ANGRY, PEACEFUL),
        resume(days, MONDAY + 20 * DAY),
    ]
    changes = [PAUSED, PAUSED_FOR_CARE, SPARED, ENDED, *(taken(adaptation).change for adaptation in adaptations)]
    return [change.text for change in changes]


def test_nobody_is_blamed() -> None:
    """No word of failing, owing, competing or having to."""
    words = {word.strip(".,:;").lower() for text in all_changes() for word in text.split()}

    assert words & UNKIND == set()


def test_a_pause_for_care_names_where_help_is() -> None:
    """And leaves it to the person whether the plan goes on."""
    assert "Support" in PAUSED_FOR_CARE.text
    assert "or not at all" in PAUSED_FOR_CARE.text


class Life:
    """A person who lives through a plan and does, skips, misses, feels and pauses as chance has it."""

    def __init__(self, seed: int) -> None:
        self.luck = Random(seed)  # noqa: S311 - a simulation
        start = self.luck.choice(sorted(MOODS))
        self.target = MOODS[self.luck.choice(sorted(name for name, mood in MOODS.items() if mood.valence > 0))].point
        self.length, self.wishes = self.luck.randint(3, 30), Wishes(self.luck.randint(1, 5))
        steps = arc(MOODS[start].point, self.target, self.length).steps
        self.days: Sequence[Day] = [Day(n, MONDAY + DAY * n, *step, "ahead") for n, step in enumerate(steps, 1)]
        self.activities: dict[int, int] = {}  # by day, how many
        self.choose({day.number for day in self.days})
        self.today, self.paused = MONDAY + DAY * self.luck.randint(-1, 3), False
        self.lived: dict[date, int] = {}

    def choose(self, anew: Iterable[int]) -> None:
        self.activities.update(dict.fromkeys(anew, self.wishes.per_day))

    def take(self, adaptation: Adaptation | None) -> None:
        if adaptation:
            stayed = {day.number for day in self.days if day.state == "lived"}
            assert not adaptation.anew & stayed
            self.days = adaptation.days
            self.choose(adaptation.anew)

    def live(self) -> None:
        """One day, at the end of which the next one begins."""
        if self.paused and self.luck.random() < 0.5:
            self.paused = False
            self.take(resume(self.days, self.today))
        if not self.paused:
            here = self.anywhere() if self.luck.random() < 0.5 else None
            self.take(catch_up(self.days, self.today, here, self.target))
            if self.luck.random() < 0.8:
                self.do_something()
            if self.luck.random() < 0.3:
                self.take(follow_mood(self.days, self.today, [self.anywhere()], self.target))
            self.paused = self.luck.random() < 0.1
        self.today += DAY

    def anywhere(self) -> Point:
        return self.luck.uniform(-1, 1), self.luck.uniform(-1, 1)

    def do_something(self) -> None:
        for day in self.days:
            if day.date == self.today and day.state == "ahead":
                assert day.date not in self.lived
                self.lived[day.date] = self.activities[day.number]
                self.days = [d._replace(state="lived") if d is day else d for d in self.days]

    def over(self) -> bool:
        return all(day.state != "ahead" for day in self.days)


class LifeWithActivities(Life):
    """The same with the activities themselves."""

    def choose(self, anew: Iterable[int]) -> None:
        chosen = choose(
            [
                Place(day.number, self.length, day.leaving, position)
                for day in self.days
                if day.number in anew
                for position in range(self.wishes.per_day)
            ],
            dict.fromkeys((day.leaving for day in self.days), FEW),
            self.wishes,
            self.luck.getrandbits(64),
        )
        self.activities.update(Counter(activity.day for activity in chosen.activities))


@pytest.mark.parametrize(("kind_of_life", "days"), [(Life, 100_000), (LifeWithActivities, 2_000)])
def test_no_day_ever_asks_for_more_than_was_agreed(kind_of_life: type[Life], days: int) -> None:
    """Through all missing, pausing, bending and resuming: one set of activities for a date, never more of them than
    agreed, and no day of the plan is lost or comes twice.
    """
    lived = seed = 0
    while lived < days:
        life = kind_of_life(seed := seed + 1)
        while not life.over():
            life.live()
            lived += 1
            assert len({day.date for day in life.days}) == life.length
        assert [day.number for day in life.days] == list(range(1, life.length + 1))
        assert set(life.lived.values()) <= {life.wishes.per_day}
        assert set(life.activities.values()) == {life.wishes.per_day}
