from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from operator import attrgetter
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis.strategies import DrawFn, SearchStrategy, composite, integers, none, sampled_from, sets

from functions.plan.rules.arc import MAX_DAYS, MIN_DAYS, arc
from functions.plan.rules.choice import (
    DEFAULT_MINUTES,
    REST_DAYS,
    SHORT,
    STRENUOUS,
    Choice,
    ChosenActivity,
    ExistingActivity,
    NoOption,
    Option,
    Place,
    Requirements,
    choose,
    choose_replacement,
    max_effort,
)
from functions.plan.rules.slots import ALL_DAY, AT_WORK, BEFORE_WORK, MAX_PER_DAY, SLOTS, SLOTS_BY_COUNT, Slot
from shared.moods import MOODS
from shared.ranking.conditions import DAYLIGHT, OPEN_PLACE, Conditions
from tests.unit.plan.catalogue import made_up, shipped
from tests.unit.ranking.examples import content

KINDS = sorted({option.content.kind for options in shipped().values() for option in options})
A_WEEK = Requirements(3)
WORKDAY: Mapping[Slot, int] = {"morning": BEFORE_WORK, "afternoon": AT_WORK, "evening": ALL_DAY}

moods = sampled_from(sorted(MOODS))
pleasant = sampled_from(sorted(name for name, mood in MOODS.items() if mood.valence > 0))
durations = integers(MIN_DAYS, MAX_DAYS)
counts = integers(1, MAX_PER_DAY)
seeds = integers(0, 2**128 - 1)
few_or_many_kinds: SearchStrategy[set[str]] = sets(sampled_from(KINDS), min_size=1)


def places(start: str, target: str, days: int, per_day: int) -> list[Place]:
    """Those of working days, all of them: the rules are kept also by who is never free."""
    path = arc(MOODS[start].point, MOODS[target].point, days)
    slots = SLOTS_BY_COUNT[per_day]
    return [
        Place(day, days, step.from_mood, position, slot, minutes=WORKDAY[slot])
        for day, step in enumerate(path.steps, 1)
        for position, slot in enumerate(slots)
    ]


def plan(start: str, target: str, days: int, requirements: Requirements, seed: int = 1) -> Choice:
    return choose(places(start, target, days, requirements.per_day), shipped(), requirements, seed)


def relaxed(choice: Choice) -> set[str]:
    return {*choice.relaxed_rules}


def by_day(activities: Iterable[ChosenActivity]) -> list[list[ChosenActivity]]:
    return [list(group) for _, group in groupby(activities, key=attrgetter("day"))]


def minutes(activities: Iterable[ChosenActivity]) -> int:
    return sum(activity.content.minutes for activity in activities)


def existing(activities: Iterable[ChosenActivity]) -> list[ExistingActivity]:
    return [ExistingActivity(a.day, a.position, a.content.id, a.content.kind, a.content.minutes) for a in activities]


def few(number: int, **fields: object) -> dict[str, list[Option]]:
    """A catalogue with a number of contents of one kind, for the mood sad alone."""
    return {"sad": [Option(made_up(n + 1, **fields), 0.2) for n in range(number)]}  # type: ignore[arg-type]


def sad_days(days: int, per_day: int) -> list[Place]:
    slots = SLOTS_BY_COUNT[per_day]
    return [
        Place(day, days, "sad", position, slot) for day in range(1, days + 1) for position, slot in enumerate(slots)
    ]


@settings(max_examples=500)
@given(moods, pleasant, durations, counts, seeds)
def test_a_plan_keeps_every_rule_with_the_catalogue_that_ships(
    start: str, target: str, days: int, per_day: int, seed: int
) -> None:
    """For any moods, duration and number a day, every place is filled. Only the rules on kinds, on practices and on
    repeats are ever relaxed, and the answer names them.
    """
    choice = plan(start, target, days, Requirements(per_day), seed)

    assert relaxed(choice) <= {"different_kinds", "practice_rest", "no_repeats"}
    assert len(choice.activities) == days * per_day
    for day in by_day(choice.activities):
        assert [activity.slot for activity in day] == list(SLOTS_BY_COUNT[per_day])
        assert minutes(day) <= DEFAULT_MINUTES
        assert all(activity.content.minutes <= WORKDAY[activity.slot] for activity in day)
        assert all(activity.content.effort <= max_effort(activity.day, days) for activity in day)
        assert not [a for a in day if set(SLOTS) & set(a.content.tags) and a.slot not in a.content.tags]
        assert len({activity.content.id for activity in day}) == per_day
    if days <= 7 or not relaxed(choice) & {"practice_rest", "no_repeats"}:
        assert_only_practices_come_again(choice.activities)


def assert_only_practices_come_again(activities: Sequence[ChosenActivity]) -> None:
    for content_id, times in Counter(activity.content.id for activity in activities).items():
        mine = [activity for activity in activities if activity.content.id == content_id]
        assert times == 1 or mine[0].content.repeatable
        assert all(later.day - earlier.day >= REST_DAYS for earlier, later in pairwise(mine))


@settings(max_examples=60)
@given(moods, counts, few_or_many_kinds, none() | integers(5, 240), seeds)
def test_requirements_relax_rules_but_never_the_number(
    start: str, per_day: int, kinds: set[str], budget: int | None, seed: int
) -> None:
    """With few kinds or little time, every place is filled, nothing strenuous is in the evening, and relaxed rules are
    named.
    """
    requirements = Requirements(per_day, budget, frozenset(kinds))
    choice = plan(start, "content", 7, requirements, seed)
    days = by_day(choice.activities)
    time = DEFAULT_MINUTES if budget is None else budget

    assert len(choice.activities) == 7 * per_day
    assert not [a for a in choice.activities if a.slot == "evening" and a.content.effort >= STRENUOUS]
    assert ("minutes" in relaxed(choice)) or all(minutes(day) <= time for day in days)
    assert ("requested_kinds" in relaxed(choice)) == any(a.content.kind not in kinds for a in choice.activities)
    assert ("different_kinds" in relaxed(choice)) == any(len({a.content.kind for a in day}) < per_day for day in days)


@pytest.mark.parametrize("seed", range(20))
def test_the_usual_week_relaxes_no_rule(seed: int) -> None:
    """Seven days from sad to peaceful are 21 activities, with three kinds a day and eight or more in the week."""
    choice = plan("sad", "peaceful", 7, A_WEEK, seed)

    assert len(choice.activities) == 21
    assert choice.relaxed_rules == ()
    assert all(len({activity.content.kind for activity in day}) == 3 for day in by_day(choice.activities))
    assert len({activity.content.kind for activity in choice.activities}) >= 8


def test_the_same_seed_gives_the_same_plan() -> None:
    """The order of the options does not matter. Another seed gives another plan."""
    week = places("sad", "peaceful", 7, 3)
    backwards = {mood: options[::-1] for mood, options in reversed(list(shipped().items()))}

    assert choose(week, backwards, A_WEEK, 7) == choose(week, shipped(), A_WEEK, 7)
    assert choose(week, shipped(), A_WEEK, 8) != choose(week, shipped(), A_WEEK, 7)


def test_effort_rises_gently() -> None:
    """From gentle on the first day to the hardest on the last. A short plan does not reach the hardest."""
    assert [max_effort(day, 7) for day in range(1, 8)] == [2, 2, 3, 3, 4, 4, 5]
    assert [max_effort(day, 3) for day in range(1, 4)] == [2, 2, 3]
    assert [max_effort(day, 30) for day in (1, 10, 11, 20, 30)] == [2, 2, 3, 3, 5]


def test_evenings_are_calm_and_movement_is_for_daylight() -> None:
    """Over a hundred weeks, movement and nature are by day, and quiet kinds are in the evening."""
    activities = [a for seed in range(100) for a in plan("sad", "peaceful", 7, A_WEEK, seed).activities]
    evenings = Counter(a.content.kind for a in activities if a.slot == "evening")
    outdoors = [a for a in activities if a.content.kind in {"movement", "nature"}]

    assert sum(a.slot != "evening" for a in outdoors) >= 0.98 * len(outdoors)
    assert evenings["connection"] + evenings["learning"] < 0.1 * evenings.total()


@given(sets(sampled_from([o.content.id for o in shipped()["sad"]]), max_size=60))
def test_hidden_content_is_never_chosen(hidden: set[UUID]) -> None:
    """It is neither in the plan nor offered as a replacement."""
    requirements = Requirements(3, hidden=frozenset(hidden))
    choice = choose(sad_days(3, 3), shipped(), requirements, seed=1)
    swapped = choose_replacement(sad_days(3, 3)[4], shipped()["sad"], requirements, 1, existing(choice.activities))

    assert not hidden & {activity.content.id for activity in (*choice.activities, swapped)}


def test_without_any_option_there_is_no_choice() -> None:
    """If everything is hidden, no plan can be made."""
    everything = frozenset(option.content.id for option in shipped()["sad"])

    with pytest.raises(NoOption):
        choose(sad_days(3, 1), shipped(), Requirements(1, hidden=everything), seed=1)


@pytest.mark.parametrize(
    ("catalogue", "requirements", "days", "expected"),
    [
        pytest.param(few(9), Requirements(3), 3, {"different_kinds"}, id="one kind only"),
        pytest.param(few(2, repeatable=True), Requirements(1), 3, {"practice_rest"}, id="two practices"),
        pytest.param(few(9, tags=("evening",)), Requirements(1), 3, {"time_of_day"}, id="all of it for evenings"),
        pytest.param(few(9, effort=5), Requirements(1), 3, {"effort"}, id="all of it hard"),
        pytest.param(few(2), Requirements(1), 3, {"practice_rest", "no_repeats"}, id="two things for three days"),
        pytest.param(few(9, minutes=90), Requirements(1, minutes=30), 3, {"minutes"}, id="all of it long"),
        pytest.param(
            few(9), Requirements(1, kinds=frozenset({"nature"})), 3, {"requested_kinds"}, id="nothing of the kind"
        ),
    ],
)
def test_relaxed_rules_are_named(
    catalogue: dict[str, list[Option]], requirements: Requirements, days: int, expected: set[str]
) -> None:
    """No more rules are relaxed than necessary."""
    choice = choose(sad_days(days, requirements.per_day), catalogue, requirements, seed=1)

    assert len(choice.activities) == days * requirements.per_day
    assert relaxed(choice) == expected


def test_the_softest_rule_is_relaxed_first() -> None:
    """A second song is better than a walk that is too long, or too hard."""
    songs = [Option(made_up(n), 0.0) for n in (1, 2)]
    walks = [Option(made_up(3, "movement", minutes=200), 0.9), Option(made_up(4, "movement", effort=5), 0.9)]
    choice = choose(sad_days(1, 2), {"sad": songs + walks}, Requirements(2), seed=1)

    assert {activity.content.kind for activity in choice.activities} == {"music"}


def test_minutes_are_reserved_for_the_rest_of_the_day() -> None:
    """The first activity does not use up all minutes of a day."""
    options = [Option(made_up(1, "film", minutes=30), 0.9)]
    options += [Option(made_up(n, kind, minutes=5), 0.1) for n, kind in enumerate(("music", "verse", "rest"), 2)]
    choice = choose(sad_days(1, 3), {"sad": options}, Requirements(3, minutes=30), seed=1)

    assert minutes(choice.activities) == 15
    assert choice.relaxed_rules == ()


def test_if_all_content_is_too_long_the_shortest_is_chosen() -> None:
    """Even if longer content has a higher score."""
    options = [Option(made_up(n, minutes=minutes), 1 / n) for n, minutes in enumerate((90, 45, 20, 30), 1)]
    choice = choose(sad_days(1, 2), {"sad": options}, Requirements(2, minutes=10), seed=1)

    assert [activity.content.minutes for activity in choice.activities] == [20, 30]


def test_a_reason_cites_its_study() -> None:
    """Content with evidence has a reason with the citation."""
    options = {"sad": [Option(made_up(1, citation="A trial of 2020"), 0.5)]}
    (activity,) = choose(sad_days(1, 1), options, Requirements(1), seed=1).activities

    assert [reason["citation"] for reason in activity.reasons if reason["code"] == "evidence"] == ["A trial of 2020"]


def test_a_repeated_practice_has_a_reason() -> None:
    """The first time it has none."""
    choice = choose(sad_days(4, 1), few(1, repeatable=True), Requirements(1), seed=1)

    assert ["practice" in {reason["code"] for reason in a.reasons} for a in choice.activities] == [
        False,
        True,
        True,
        True,
    ]


@composite
def swaps(draw: DrawFn) -> tuple[Choice, int, Requirements]:
    per_day = draw(counts)
    requirements = Requirements(per_day, draw(none() | integers(60, 240)))
    return plan("sad", "peaceful", 7, requirements, draw(seeds)), draw(integers(0, 7 * per_day - 1)), requirements


@settings(max_examples=60)
@given(swaps(), seeds)
def test_a_swap_brings_something_new_to_the_same_place(swap: tuple[Choice, int, Requirements], seed: int) -> None:
    """The plan does not hold it anywhere, and the rules of the day are kept."""
    choice, index, requirements = swap
    old = choice.activities[index]
    place = places("sad", "peaceful", 7, requirements.per_day)[index]
    new = choose_replacement(place, shipped()[place.from_mood], requirements, seed, existing(choice.activities))
    others = [a for a in choice.activities if a.day == old.day and a is not old]

    assert (new.day, new.position, new.slot) == (old.day, old.position, old.slot)
    assert new.content.id not in {activity.content.id for activity in choice.activities}
    assert new.content.effort <= max_effort(new.day, 7)
    assert minutes([*others, new]) <= (requirements.minutes or DEFAULT_MINUTES)
    assert new.content.minutes <= max(SHORT, old.content.minutes)


@given(seeds, sets(integers(1, 7), max_size=6))
def test_refilled_days_respect_the_other_days(seed: int, staying: set[int]) -> None:
    """Only a practice that has rested comes again, whether the other days are before or after."""
    others = [activity for activity in plan("sad", "peaceful", 7, A_WEEK).activities if activity.day in staying]
    refilled = [place for place in places("sad", "peaceful", 7, 3) if place.day not in staying]
    choice = choose(refilled, shipped(), A_WEEK, seed, existing(others))
    activities = sorted([*others, *choice.activities], key=attrgetter("day", "position"))

    assert len(activities) == 21
    assert choice.relaxed_rules == ()
    assert_only_practices_come_again(activities)


@pytest.mark.parametrize(
    ("tags", "unmet", "told"),
    [
        (["outdoors"], frozenset(), ["mood_fit", "time_of_day"]),
        (["outdoors"], frozenset({DAYLIGHT}), ["mood_fit"]),  # a walk at 17:30 in December
        (["indoors"], frozenset(), ["mood_fit"]),  # a dance in the kitchen
    ],
)
def test_daylight_is_a_reason_for_what_is_done_in_it(tags: list[str], unmet: Conditions, told: list[str]) -> None:
    """And not in the dark, nor for what is done at home."""
    option = Option(made_up(1, "movement", tags=tags), 0.2)
    choice = choose([Place(1, 1, "sad", 0, "morning", unmet)], {"sad": [option]}, Requirements(1), 1)

    assert [reason["code"] for reason in choice.activities[0].reasons] == told


def test_repeated_content_that_is_no_practice_is_not_called_one() -> None:
    """It was repeated because nothing else was left."""
    choice = choose(sad_days(3, 1), few(1), Requirements(1), seed=1)

    assert not [reason for activity in choice.activities for reason in activity.reasons if reason["code"] == "practice"]


def test_no_rule_is_relaxed_for_a_place_that_is_closed() -> None:
    """A library on a Sunday is no choice, not even as the only one of the requested kind."""
    library, walk = (
        Option(content(number, kind)._replace(tags=tags), 1.0)
        for number, kind, tags in ((1, "book", [OPEN_PLACE]), (2, "movement", []))
    )
    requirements = Requirements(1, kinds=frozenset({"book"}))

    weekday, sunday = (
        choose([Place(1, 1, "sad", 0, "morning", unmet=unmet)], {"sad": [library, walk]}, requirements, 1)
        for unmet in (frozenset(), frozenset({OPEN_PLACE}))
    )

    assert weekday.activities[0].content == library.content
    assert sunday.activities[0].content == walk.content
    with pytest.raises(NoOption):
        choose([Place(1, 1, "sad", 0, "morning", unmet=frozenset({OPEN_PLACE}))], {"sad": [library]}, requirements, 1)
