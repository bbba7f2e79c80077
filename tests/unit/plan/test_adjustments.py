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
    OFF_ARC,
    PAUSED,
    PAUSED_FOR_CARE,
    UNWANTED_REMOVED,
    Adjustment,
    ChangeDetails,
    PlannedDay,
    catch_up,
    follow_mood,
    resume,
)
from functions.plan.rules.arc import DAILY_STEP, arc
from functions.plan.rules.choice import Option, Place, Requirements, choose
from functions.plan.rules.slots import SLOTS_BY_COUNT
from functions.plan.texts import change_text
from shared.moods import MOODS, Point, distance
from tests.unit.plan.catalogue import made_up

DAY = timedelta(days=1)
MONDAY = date(2027, 3, 8)
PEACEFUL, SAD, ANGRY = (MOODS[name].point for name in ("peaceful", "sad", "angry"))
FEW = [Option(made_up(number, repeatable=True), 0.1) for number in range(6)]
UNKIND = {
    "en": {
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
    },
    "de": {
        "versagt",
        "gescheitert",
        "solltest",
        "musst",
        "hinterher",
        "verspätet",
        "verloren",
        "serie",
        "punkte",
        "stufe",
        "nur",
        "aber",
        "ziel",
    },
}

points = tuples(floats(-1, 1), floats(-1, 1))
targets = sampled_from([mood.point for mood in MOODS.values() if mood.valence > 0])


def a_week(started: int = 0, start: Point = SAD, target: Point = PEACEFUL) -> tuple[PlannedDay, ...]:
    """From Monday to Sunday, with the first few days started."""
    steps = arc(start, target, 7).steps
    return tuple(
        PlannedDay(number, MONDAY + DAY * (number - 1), *step, "started" if number <= started else "upcoming")
        for number, step in enumerate(steps, 1)
    )


def required(adjustment: Adjustment | None) -> Adjustment:
    assert adjustment
    return adjustment


def states(days: Iterable[PlannedDay]) -> list[str]:
    return [day.state for day in days]


def dates(days: Iterable[PlannedDay]) -> list[int]:
    return [day.date.day for day in days]


def near(point: Point) -> Point:
    return point[0] + OFF_ARC / 2, point[1]


def test_a_mood_near_the_arc_changes_nothing() -> None:
    """A mood near the point of the day, or near the mood it starts from, is on the arc."""
    days = a_week(started=2)

    assert follow_mood(days, days[2].date, [near(days[2].point)], PEACEFUL) is None
    assert follow_mood(days, days[2].date, [MOODS[days[2].from_mood].point], PEACEFUL) is None


def test_a_mood_off_the_arc_adjusts_the_days_after_today() -> None:
    """They start from that mood. Today, started days and all dates stay."""
    days = a_week(started=2)
    adjusted = required(follow_mood(days, days[2].date, [ANGRY], PEACEFUL))

    assert adjusted.reason.code == "adjusted"
    assert adjusted.days[:3] == days[:3]
    assert distance(ANGRY, adjusted.days[3].point) <= DAILY_STEP + 1e-9
    assert adjusted.days[3].from_mood == "angry"
    assert 4 in adjusted.days_to_refill
    assert dates(adjusted.days) == dates(days)


def test_an_adjustment_leaves_out_a_started_tomorrow() -> None:
    """If tomorrow is skipped already, the day after it starts from the mood."""
    today, tomorrow, *later = a_week()
    adjusted = required(follow_mood([today, tomorrow._replace(state="started"), *later], today.date, [ANGRY], PEACEFUL))

    assert adjusted.days[1].from_mood == tomorrow.from_mood
    assert adjusted.reason.code == "adjusted"


def test_one_bad_hour_is_not_a_bad_day() -> None:
    """The mean of the day's moods counts."""
    days = a_week(started=2)

    assert follow_mood(days, days[2].date, [days[2].point] * 3 + [ANGRY], PEACEFUL) is None


def test_being_ahead_of_the_plan_is_welcome() -> None:
    """A person who feels peaceful on the second day starts from there on the third."""
    days = a_week(started=1)
    adjusted = required(follow_mood(days, days[1].date, [PEACEFUL], PEACEFUL))

    assert adjusted.reason.code == "ahead_of_plan"
    assert {day.target for day in adjusted.days[2:]} == {"peaceful"}


def test_the_message_says_how_far_the_days_lead_if_the_target_is_out_of_reach() -> None:
    """Two days are too few from angry to peaceful."""
    days = a_week(started=4)
    adjusted = required(follow_mood(days, days[4].date, [ANGRY], PEACEFUL))

    assert adjusted.reason.details == {"leads_to": "okay"}
    assert distance(adjusted.days[-1].point, PEACEFUL) < distance(ANGRY, PEACEFUL)


def test_the_message_does_not_present_the_target_as_short_of_itself() -> None:
    """Days that end near the target, and nearest to it, fall short of nothing that has a name."""
    days = a_week(started=4)
    mood = PEACEFUL[0] - 2.1 * DAILY_STEP, PEACEFUL[1]
    caught_up = required(catch_up(days, days[5].date, mood, PEACEFUL))

    assert distance(caught_up.days[-1].point, PEACEFUL) > 0
    assert caught_up.reason.details == {"missed_days": 1, "days_left": True}


def test_no_message_names_an_unpleasant_mood() -> None:
    """If the last day is still nearest to anger, it leads part of the way."""
    days = a_week(started=5)
    adjusted = required(follow_mood(days, days[5].date, [ANGRY], PEACEFUL))

    assert adjusted.days[-1].target == "angry"
    assert adjusted.reason.details == {"leads_to": None}


def test_without_days_ahead_a_mood_changes_nothing() -> None:
    """A mood on a date outside the plan, and a day without a mood, change nothing either."""
    days = a_week(started=6)

    assert follow_mood(days, days[6].date, [ANGRY], PEACEFUL) is None
    assert follow_mood(days, MONDAY - DAY, [ANGRY], PEACEFUL) is None
    assert follow_mood(a_week(), MONDAY, [], PEACEFUL) is None


def test_a_missed_day_is_marked_and_not_made_up_for() -> None:
    """The days ahead keep their dates, and lead on from the point of the last started day."""
    days = a_week(started=2)
    caught_up = required(catch_up(days, days[3].date, None, PEACEFUL))

    assert caught_up.reason.code == "missed"
    assert states(caught_up.days) == ["started", "started", "missed", "upcoming", "upcoming", "upcoming", "upcoming"]
    assert dates(caught_up.days) == dates(days)
    assert caught_up.days[3].point == pytest.approx(arc(days[1].point, PEACEFUL, 4).steps[0].point)


def test_a_known_mood_takes_precedence_over_the_last_started_day() -> None:
    """After days away the arc goes on from the person's mood."""
    days = a_week(started=1)
    caught_up = required(catch_up(days, days[4].date, ANGRY, PEACEFUL))

    assert caught_up.days[4].from_mood == "angry"
    assert caught_up.reason.details == {"missed_days": 3, "days_left": True, "leads_to": "okay"}


def test_after_a_missed_first_day_the_second_starts_from_the_first_mood() -> None:
    """No day was started, so the plan starts from its current mood."""
    days = a_week()
    caught_up = required(catch_up(days, days[1].date, None, PEACEFUL))

    assert caught_up.days[1].from_mood == "sad"


def test_without_missed_days_there_is_nothing_to_catch_up() -> None:
    """The person is on time, or the plan has not begun."""
    assert catch_up(a_week(started=2), MONDAY + 2 * DAY, None, PEACEFUL) is None
    assert catch_up(a_week(), MONDAY - 3 * DAY, ANGRY, PEACEFUL) is None


def test_after_the_last_day_the_message_speaks_of_the_past_alone() -> None:
    """No days are left, so none is redirected."""
    caught_up = required(catch_up(a_week(started=5), MONDAY + 30 * DAY, ANGRY, PEACEFUL))

    assert states(caught_up.days)[5:] == ["missed", "missed"]
    assert caught_up.reason.details == {"missed_days": 2, "days_left": False}
    assert caught_up.days_to_refill == frozenset()


@pytest.mark.parametrize(
    ("started", "today", "expected", "when"),
    [
        pytest.param(2, 20, [8, 9, 20, 21, 22, 23, 24], "today", id="a pause of some days"),
        pytest.param(2, 9, [8, 9, 10, 11, 12, 13, 14], "tomorrow", id="on a started day"),
        pytest.param(0, 1, [8, 9, 10, 11, 12, 13, 14], "later", id="before the plan has begun"),
        pytest.param(7, 20, [8, 9, 10, 11, 12, 13, 14], "later", id="with no day left"),
    ],
)
def test_a_pause_moves_the_days_ahead(started: int, today: int, expected: list[int], when: str) -> None:
    """No day moves back, and none gets the date of a started day."""
    resumed = resume(a_week(started), date(2027, 3, today))

    assert dates(resumed.days) == expected
    assert states(resumed.days) == states(a_week(started))
    assert resumed.reason.details == {"resumes": when}


def test_a_day_that_was_started_early_keeps_its_date() -> None:
    """The other days are dated around it."""
    monday, tuesday, *rest = a_week()
    days = [monday, tuesday._replace(state="started"), *rest]

    assert dates(resume(days, MONDAY).days) == [8, 9, 10, 11, 12, 13, 14]
    assert dates(resume(days, MONDAY + DAY).days) == [10, 9, 11, 12, 13, 14, 15]


@given(points, targets, integers(0, 6), integers(0, 8))
def test_upcoming_days_form_one_arc(mood: Point, target: Point, started: int, passed: int) -> None:
    """From any mood and after any missed days: each day is within the daily step, and nearer to the target."""
    days = a_week(started)
    today = MONDAY + DAY * passed
    days = (catch_up(days, today, mood, target) or Adjustment(PAUSED, days)).days
    adjusted = follow_mood(days, today, [mood], target)
    upcoming = [day.point for day in adjusted.days if day.state == "upcoming" and day.date > today] if adjusted else []

    for earlier, later in pairwise([mood, *upcoming]):
        assert distance(earlier, later) <= DAILY_STEP + 1e-9
        assert distance(later, target) <= distance(earlier, target)


def all_messages(language: str) -> list[str]:
    days = a_week(started=2)
    adjustments = [
        follow_mood(days, days[2].date, [ANGRY], PEACEFUL),
        follow_mood(days, days[2].date, [PEACEFUL], PEACEFUL),
        follow_mood(a_week(started=4), days[4].date, [ANGRY], PEACEFUL),
        catch_up(days, days[3].date, None, PEACEFUL),
        catch_up(days, days[5].date, ANGRY, PEACEFUL),
        resume(days, MONDAY + 20 * DAY),
    ]
    reasons = [
        PAUSED,
        PAUSED_FOR_CARE,
        UNWANTED_REMOVED,
        ENDED,
        *(required(adjustment).reason for adjustment in adjustments),
    ]
    return [change_text(*reason, language) for reason in reasons]


@pytest.mark.parametrize("language", UNKIND)
def test_no_message_blames(language: str) -> None:
    """No message has a word of failure, duty or competition."""
    words = {word.strip(".,:;").lower() for text in all_messages(language) for word in text.split()}

    assert words & UNKIND[language] == set()


@pytest.mark.parametrize(
    ("language", "reason", "message"),
    [
        ("en", ("missed", {"missed_days": 1, "days_left": False}), "A day went by without the plan, and"),
        ("en", ("missed", {"missed_days": 3, "days_left": True}), "3 days went by without the plan, and"),
        ("en", ("resumed", {"resumes": "tomorrow"}), "Good to see you. Your plan goes on tomorrow, and"),
        ("de", ("missed", {"missed_days": 3, "days_left": True}), "3 Tage sind ohne den Plan vergangen, und"),
        ("de", ("resumed", {"resumes": "today"}), "Schön, dich zu sehen. Dein Plan geht heute weiter, und"),
        ("de", ("resumed", {"resumes": "later"}), "Schön, dich zu sehen. Dein Plan geht weiter, und"),
        ("de", ("resumed", {}), "Schön, dich zu sehen. Dein Plan geht weiter, und"),
    ],
)
def test_a_message_has_its_details_in_the_language_of_the_reader(
    language: str, reason: tuple[str, ChangeDetails], message: str
) -> None:
    """Changes of before details were stored have a message without them."""
    assert change_text(*reason, language).startswith(message)


@pytest.mark.parametrize(("language", "calm"), [("en", "as far as “calm”"), ("de", "bis zu „ruhig“")])
def test_a_message_says_how_far_the_days_lead(language: str, calm: str) -> None:
    """It names a pleasant mood in the language of the reader."""
    assert calm in change_text("adjusted", {"leads_to": "calm"}, language)


def test_a_pause_for_care_points_to_support() -> None:
    """And leaves it to the person whether the plan goes on."""
    text = change_text(*PAUSED_FOR_CARE, "en")

    assert "Support" in text
    assert "or not at all" in text


class Life:
    """Simulates a person who does, skips, misses, feels and pauses at random."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a simulation
        start = self.random.choice(sorted(MOODS))
        self.target = MOODS[self.random.choice(sorted(name for name, mood in MOODS.items() if mood.valence > 0))].point
        self.length, self.requirements = self.random.randint(3, 30), Requirements(self.random.randint(1, 5))
        steps = arc(MOODS[start].point, self.target, self.length).steps
        self.days: Sequence[PlannedDay] = [
            PlannedDay(n, MONDAY + DAY * n, *step, "upcoming") for n, step in enumerate(steps, 1)
        ]
        self.activities: dict[int, int] = {}  # their number by day
        self.choose({day.number for day in self.days})
        self.today, self.paused = MONDAY + DAY * self.random.randint(-1, 3), False
        self.done: dict[date, int] = {}

    def choose(self, numbers: Iterable[int]) -> None:
        self.activities.update(dict.fromkeys(numbers, self.requirements.per_day))

    def apply(self, adjustment: Adjustment | None) -> None:
        if adjustment:
            started = {day.number for day in self.days if day.state == "started"}
            assert not adjustment.days_to_refill & started
            self.days = adjustment.days
            self.choose(adjustment.days_to_refill)

    def live(self) -> None:
        """One day. At its end the next one begins."""
        if self.paused and self.random.random() < 0.5:
            self.paused = False
            self.apply(resume(self.days, self.today))
        if not self.paused:
            position = self.random_point() if self.random.random() < 0.5 else None
            self.apply(catch_up(self.days, self.today, position, self.target))
            if self.random.random() < 0.8:
                self.do_something()
            if self.random.random() < 0.3:
                self.apply(follow_mood(self.days, self.today, [self.random_point()], self.target))
            self.paused = self.random.random() < 0.1
        self.today += DAY

    def random_point(self) -> Point:
        return self.random.uniform(-1, 1), self.random.uniform(-1, 1)

    def do_something(self) -> None:
        for day in self.days:
            if day.date == self.today and day.state == "upcoming":
                assert day.date not in self.done
                self.done[day.date] = self.activities[day.number]
                self.days = [d._replace(state="started") if d is day else d for d in self.days]

    def over(self) -> bool:
        return all(day.state != "upcoming" for day in self.days)


class LifeWithActivities(Life):
    """The same, and chooses the activities themselves."""

    def choose(self, numbers: Iterable[int]) -> None:
        choice = choose(
            [
                Place(day.number, self.length, day.from_mood, position, slot)
                for day in self.days
                if day.number in numbers
                for position, slot in enumerate(SLOTS_BY_COUNT[self.requirements.per_day])
            ],
            dict.fromkeys((day.from_mood for day in self.days), FEW),
            self.requirements,
            self.random.getrandbits(64),
        )
        self.activities.update(Counter(activity.day for activity in choice.activities))


@pytest.mark.parametrize(("kind_of_life", "days"), [(Life, 100_000), (LifeWithActivities, 2_000)])
def test_no_day_has_more_activities_than_agreed(kind_of_life: type[Life], days: int) -> None:
    """Through missed days, pauses, adjustments and resumes, every date has at most one set of activities, a set never
    grows, and no day of the plan is lost or duplicated.
    """
    simulated = seed = 0
    while simulated < days:
        life = kind_of_life(seed := seed + 1)
        while not life.over():
            life.live()
            simulated += 1
            assert len({day.date for day in life.days}) == life.length
        assert [day.number for day in life.days] == list(range(1, life.length + 1))
        assert set(life.done.values()) <= {life.requirements.per_day}
        assert set(life.activities.values()) == {life.requirements.per_day}
