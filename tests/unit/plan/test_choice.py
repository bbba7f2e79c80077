from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from operator import attrgetter
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis.strategies import DrawFn, SearchStrategy, composite, integers, none, sampled_from, sets

from functions.plan.rules.arc import MAX_DAYS, MIN_DAYS, arc
from functions.plan.rules.choice import (
    REST_DAYS,
    STRENUOUS,
    USUAL_MINUTES,
    Activity,
    Chosen,
    NothingFits,
    Option,
    Place,
    Used,
    Wishes,
    choose,
    hardest,
    replacement,
)
from functions.plan.rules.slots import MOST_PER_DAY, SLOTS, SPREAD
from shared.moods import MOODS
from tests.unit.plan.catalogue import made_up, shipped

KINDS = sorted({option.content.kind for options in shipped().values() for option in options})
A_WEEK = Wishes(3)

moods = sampled_from(sorted(MOODS))
pleasant = sampled_from(sorted(name for name, mood in MOODS.items() if mood.valence > 0))
durations = integers(MIN_DAYS, MAX_DAYS)
counts = integers(1, MOST_PER_DAY)
seeds = integers(0, 2**128 - 1)
few_or_many_kinds: SearchStrategy[set[str]] = sets(sampled_from(KINDS), min_size=1)


def places(start: str, target: str, days: int, per_day: int) -> list[Place]:
    way = arc(MOODS[start].point, MOODS[target].point, days)
    return [Place(day, days, step.leaving, at) for day, step in enumerate(way.steps, 1) for at in range(per_day)]


def plan(start: str, target: str, days: int, wishes: Wishes, seed: int = 1) -> Chosen:
    return choose(places(start, target, days, wishes.per_day), shipped(), wishes, seed)


def gave_way(chosen: Chosen) -> set[str]:
    return {reason.code for reason in chosen.gave_way}


def by_day(activities: Iterable[Activity]) -> list[list[Activity]]:
    return [list(group) for _, group in groupby(activities, key=attrgetter("day"))]


def minutes(activities: Iterable[Activity]) -> int:
    return sum(activity.content.minutes for activity in activities)


def used(activities: Iterable[Activity]) -> list[Used]:
    return [Used(a.day, a.position, a.content.id, a.content.kind, a.content.minutes) for a in activities]


def few(number: int, **fields: object) -> dict[str, list[Option]]:
    """A catalogue of so many contents of one kind, for sad people alone."""
    return {"sad": [Option(made_up(n + 1, **fields), 0.2) for n in range(number)]}  # type: ignore[arg-type]


def sad_days(days: int, per_day: int) -> list[Place]:
    return [Place(day, days, "sad", at) for day in range(1, days + 1) for at in range(per_day)]


@settings(max_examples=500)
@given(moods, pleasant, durations, counts, seeds)
def test_a_plan_keeps_every_rule_with_the_catalogue_that_ships(
    start: str, target: str, days: int, per_day: int, seed: int
) -> None:
    """Whoever one is and wherever one would like to be, for however long: as many activities as asked, and none of the
    rules has to give way but, in plans of over a week, those on kinds and on practices that come again: it is told.
    """
    chosen = plan(start, target, days, Wishes(per_day), seed)

    assert gave_way(chosen) <= {"kinds_of_a_day", "rest_of_a_practice", "once"}
    assert len(chosen.activities) == days * per_day
    for day in by_day(chosen.activities):
        assert [activity.slot for activity in day] == list(SPREAD[per_day])
        assert minutes(day) <= USUAL_MINUTES
        assert all(activity.content.effort <= hardest(activity.day, days) for activity in day)
        assert not [a for a in day if set(SLOTS) & set(a.content.tags) and a.slot not in a.content.tags]
        assert len({activity.content.id for activity in day}) == per_day
    if days <= 7 or not gave_way(chosen) & {"rest_of_a_practice", "once"}:
        assert_only_practices_come_again(chosen.activities)


def assert_only_practices_come_again(activities: Sequence[Activity]) -> None:
    for content_id, times in Counter(activity.content.id for activity in activities).items():
        mine = [activity for activity in activities if activity.content.id == content_id]
        assert times == 1 or mine[0].content.repeatable
        assert all(later.day - earlier.day >= REST_DAYS for earlier, later in pairwise(mine))


@settings(max_examples=60)
@given(moods, counts, few_or_many_kinds, none() | integers(5, 240), seeds)
def test_wishes_bend_rules_but_never_the_count(
    start: str, per_day: int, kinds: set[str], budget: int | None, seed: int
) -> None:
    """Few kinds or little time: still as many activities as asked, nothing strenuous at night, and what could not be
    kept is said.
    """
    wishes = Wishes(per_day, budget, frozenset(kinds))
    chosen = plan(start, "content", 7, wishes, seed)
    days = by_day(chosen.activities)
    time = USUAL_MINUTES if budget is None else budget

    assert len(chosen.activities) == 7 * per_day
    assert not [a for a in chosen.activities if a.slot == "evening" and a.content.effort >= STRENUOUS]
    assert ("minutes" in gave_way(chosen)) or all(minutes(day) <= time for day in days)
    assert ("kinds_wished" in gave_way(chosen)) == any(a.content.kind not in kinds for a in chosen.activities)
    assert ("kinds_of_a_day" in gave_way(chosen)) == any(len({a.content.kind for a in day}) < per_day for day in days)


@pytest.mark.parametrize("seed", range(20))
def test_the_usual_week_needs_no_exception(seed: int) -> None:
    """Seven days from sad to peaceful are 21 activities: three kinds a day, and ten or more in the week."""
    chosen = plan("sad", "peaceful", 7, A_WEEK, seed)

    assert len(chosen.activities) == 21
    assert chosen.gave_way == ()
    assert all(len({activity.content.kind for activity in day}) == 3 for day in by_day(chosen.activities))
    assert len({activity.content.kind for activity in chosen.activities}) >= 8


def test_the_same_seed_gives_the_same_plan() -> None:
    """In whatever order things were read; another seed gives another."""
    ways = places("sad", "peaceful", 7, 3)
    backwards = {mood: options[::-1] for mood, options in reversed(list(shipped().items()))}

    assert choose(ways, backwards, A_WEEK, 7) == choose(ways, shipped(), A_WEEK, 7)
    assert choose(ways, shipped(), A_WEEK, 8) != choose(ways, shipped(), A_WEEK, 7)


def test_effort_rises_gently() -> None:
    """From little on the first day to the most on the last; a short plan does not get that far."""
    assert [hardest(day, 7) for day in range(1, 8)] == [2, 2, 3, 3, 4, 4, 5]
    assert [hardest(day, 3) for day in range(1, 4)] == [2, 2, 3]
    assert [hardest(day, 30) for day in (1, 10, 11, 20, 30)] == [2, 2, 3, 3, 5]


def test_evenings_are_calm_and_movement_is_for_daylight() -> None:
    """Over a hundred weeks, movement and nature stand by day, and evenings belong to quiet kinds."""
    activities = [a for seed in range(100) for a in plan("sad", "peaceful", 7, A_WEEK, seed).activities]
    evenings = Counter(a.content.kind for a in activities if a.slot == "evening")
    outdoors = [a for a in activities if a.content.kind in {"movement", "nature"}]

    assert sum(a.slot != "evening" for a in outdoors) >= 0.98 * len(outdoors)
    assert evenings["connection"] + evenings["learning"] < 0.1 * evenings.total()


@given(sets(sampled_from([o.content.id for o in shipped()["sad"]]), max_size=60))
def test_what_is_hidden_never_comes(hidden: set[UUID]) -> None:
    """Neither in the plan nor as a replacement."""
    wishes = Wishes(3, hidden=frozenset(hidden))
    chosen = choose(sad_days(3, 3), shipped(), wishes, seed=1)
    swapped = replacement(sad_days(3, 3)[4], shipped()["sad"], wishes, 1, used(chosen.activities))

    assert not hidden & {activity.content.id for activity in (*chosen.activities, swapped)}


def test_where_nothing_may_be_shown_nothing_is_promised() -> None:
    """Everything hidden is the one case without a plan."""
    everything = frozenset(option.content.id for option in shipped()["sad"])

    with pytest.raises(NothingFits):
        choose(sad_days(3, 1), shipped(), Wishes(1, hidden=everything), seed=1)


@pytest.mark.parametrize(
    ("catalogue", "wishes", "days", "expected"),
    [
        pytest.param(few(9), Wishes(3), 3, {"kinds_of_a_day"}, id="one kind only"),
        pytest.param(few(2, repeatable=True), Wishes(1), 3, {"rest_of_a_practice"}, id="two practices"),
        pytest.param(few(9, tags=("evening",)), Wishes(1), 3, {"time_of_day"}, id="all of it for evenings"),
        pytest.param(few(9, effort=5), Wishes(1), 3, {"effort"}, id="all of it hard"),
        pytest.param(few(2), Wishes(1), 3, {"rest_of_a_practice", "once"}, id="two things for three days"),
        pytest.param(few(9, minutes=90), Wishes(1, minutes=30), 3, {"minutes"}, id="all of it long"),
        pytest.param(few(9), Wishes(1, kinds=frozenset({"nature"})), 3, {"kinds_wished"}, id="nothing of the kind"),
    ],
)
def test_what_gives_way_is_named(
    catalogue: dict[str, list[Option]], wishes: Wishes, days: int, expected: set[str]
) -> None:
    """Only what has to, and no more."""
    chosen = choose(sad_days(days, wishes.per_day), catalogue, wishes, seed=1)

    assert len(chosen.activities) == days * wishes.per_day
    assert gave_way(chosen) == expected


def test_the_softest_rule_gives_way_first() -> None:
    """A second song is better than a walk that is too long, or too hard."""
    songs = [Option(made_up(n), 0.0) for n in (1, 2)]
    walks = [Option(made_up(3, "movement", minutes=200), 0.9), Option(made_up(4, "movement", effort=5), 0.9)]
    chosen = choose(sad_days(1, 2), {"sad": songs + walks}, Wishes(2), seed=1)

    assert {activity.content.kind for activity in chosen.activities} == {"music"}


def test_time_is_kept_for_what_is_still_to_come() -> None:
    """A morning does not use up all of a day's minutes."""
    options = [Option(made_up(1, "film", minutes=30), 0.9)]
    options += [Option(made_up(n, kind, minutes=5), 0.1) for n, kind in enumerate(("music", "verse", "rest"), 2)]
    chosen = choose(sad_days(1, 3), {"sad": options}, Wishes(3, minutes=30), seed=1)

    assert minutes(chosen.activities) == 15
    assert chosen.gave_way == ()


def test_where_all_is_too_long_the_shortest_comes() -> None:
    """However well something longer suits: little time was asked for, so the day takes as little as it can."""
    options = [Option(made_up(n, minutes=minutes), 1 / n) for n, minutes in enumerate((90, 45, 20, 30), 1)]
    chosen = choose(sad_days(1, 2), {"sad": options}, Wishes(2, minutes=10), seed=1)

    assert [activity.content.minutes for activity in chosen.activities] == [20, 30]


def test_studies_are_named() -> None:
    """Where there is evidence, the reason says where it comes from."""
    options = {"sad": [Option(made_up(1, citation="A trial of 2020"), 0.5)]}
    (activity,) = choose(sad_days(1, 1), options, Wishes(1), seed=1).activities

    assert [reason.detail for reason in activity.reasons if reason.code == "evidence"] == [
        "People in studies gained a little on average: A trial of 2020"
    ]


def test_a_practice_that_comes_again_says_why() -> None:
    """The first time it needs no excuse."""
    chosen = choose(sad_days(4, 1), few(1, repeatable=True), Wishes(1), seed=1)

    assert ["practice" in {reason.code for reason in a.reasons} for a in chosen.activities] == [False, True, True, True]


@composite
def swaps(draw: DrawFn) -> tuple[Chosen, int, Wishes]:
    per_day = draw(counts)
    wishes = Wishes(per_day, draw(none() | integers(60, 240)))
    return plan("sad", "peaceful", 7, wishes, draw(seeds)), draw(integers(0, 7 * per_day - 1)), wishes


@settings(max_examples=60)
@given(swaps(), seeds)
def test_a_swap_brings_something_new_to_the_same_place(swap: tuple[Chosen, int, Wishes], seed: int) -> None:
    """Nothing that the plan holds, what it replaces included, and the day's rules stay kept."""
    chosen, index, wishes = swap
    old = chosen.activities[index]
    place = places("sad", "peaceful", 7, wishes.per_day)[index]
    new = replacement(place, shipped()[place.leaving], wishes, seed, used(chosen.activities))
    others = [a for a in chosen.activities if a.day == old.day and a is not old]

    assert (new.day, new.position, new.slot) == (old.day, old.position, old.slot)
    assert new.content.id not in {activity.content.id for activity in chosen.activities}
    assert new.content.effort <= hardest(new.day, 7)
    assert minutes([*others, new]) <= (wishes.minutes or USUAL_MINUTES)


@given(seeds, sets(integers(1, 7), max_size=6))
def test_days_chosen_anew_know_what_the_others_hold(seed: int, staying: set[int]) -> None:
    """Before them or after: nothing comes again, unless it is a practice that had its rest."""
    kept = [activity for activity in plan("sad", "peaceful", 7, A_WEEK).activities if activity.day in staying]
    anew = [place for place in places("sad", "peaceful", 7, 3) if place.day not in staying]
    chosen = choose(anew, shipped(), A_WEEK, seed, used(kept))
    whole = sorted([*kept, *chosen.activities], key=attrgetter("day", "position"))

    assert len(whole) == 21
    assert chosen.gave_way == ()
    assert_only_practices_come_again(whole)


def test_what_had_to_come_again_is_not_called_a_practice() -> None:
    """It came for want of anything else."""
    chosen = choose(sad_days(3, 1), few(1), Wishes(1), seed=1)

    assert not [reason for activity in chosen.activities for reason in activity.reasons if reason.code == "practice"]
