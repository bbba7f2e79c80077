from datetime import UTC, date, datetime, time, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis.strategies import dates, floats, lists, permutations, sampled_from, sets, tuples

from functions.checkin.rules.streak_days import Entry, Streak, StreakView, days_covered, extended, from_days, seen_on
from shared.clock import day_bounds, local_day, zone

DAY = timedelta(days=1)
TODAY = date(2027, 3, 14)
MIDNIGHT = time(0)

past_days = dates(TODAY - 20 * DAY, TODAY)
histories = sets(past_days, min_size=1)
travels = lists(
    tuples(
        sampled_from(["Pacific/Honolulu", "Pacific/Auckland", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
        | sampled_from(["Europe/London", "America/Havana", "Asia/Kathmandu", "America/Santiago"]),
        floats(0, 1),
    ),
    min_size=1,
)


def march(*days: int) -> list[date]:
    return [date(2027, 3, day) for day in days]


def entry(instant: str, zone_name: str) -> Entry:
    occurred_at, tz = datetime.fromisoformat(instant), zone(zone_name)
    return Entry(occurred_at, tz, local_day(occurred_at, tz, MIDNIGHT))


def with_day(streak: Streak, day: date) -> Streak:
    longer = extended(streak, day)
    assert longer is not None
    return longer


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(10, Streak(3, 5, date(2027, 3, 10)), id="the same day changes nothing"),
        pytest.param(11, Streak(4, 5, date(2027, 3, 11)), id="the next day adds one"),
        pytest.param(12, Streak(1, 5, date(2027, 3, 12)), id="a missed day starts anew"),
        pytest.param(9, None, id="an earlier day cannot be told from the streak alone"),
    ],
)
def test_a_day_extends_the_streak(day: int, expected: Streak | None) -> None:
    """What a new day does to a run of three follows from how it lies to the last day."""
    assert extended(Streak(3, 5, date(2027, 3, 10)), date(2027, 3, day)) == expected


def test_no_days_make_no_streak() -> None:
    """Someone who never checked in has no run and no last day."""
    assert from_days([]) == Streak() == Streak(0, 0, None)
    assert seen_on(Streak(), TODAY) == StreakView(0, 0, checked_in_today=False)


def test_the_first_day_makes_a_streak_of_one() -> None:
    """One check-in is a run already."""
    assert extended(Streak(), TODAY) == from_days([TODAY]) == Streak(1, 1, TODAY)


def test_a_late_entry_joins_two_runs() -> None:
    """Filling in the day between makes one run of both."""
    assert from_days(march(1, 2, 3, 5, 6)) == Streak(2, 3, date(2027, 3, 6))
    assert from_days(march(1, 2, 3, 5, 6, 4)) == Streak(6, 6, date(2027, 3, 6))


def test_the_longest_run_is_remembered() -> None:
    """A later, shorter run is the current one and leaves the longest alone."""
    assert from_days(march(1, 2, 3, 8)) == Streak(1, 3, date(2027, 3, 8))


@given(histories)
def test_one_day_at_a_time_or_all_at_once_makes_no_difference(days: set[date]) -> None:
    """The streak kept up day by day is the one counted from all the days."""
    assert reduce(with_day, sorted(days), Streak()) == from_days(days)


@given(lists(past_days).flatmap(lambda days: tuples(permutations(days), permutations(days * 2))))
def test_order_and_repeats_do_not_matter(orders: tuple[list[date], list[date]]) -> None:
    """Days may arrive in any order and as often as there were check-ins."""
    once, twice = orders

    assert from_days(once) == from_days(twice)


@given(histories, past_days)
def test_another_check_in_never_costs_anything(days: set[date], added: date) -> None:
    """Today or backdated, one more day leaves every number where it was or raises it."""
    before, after = seen_on(from_days(days), TODAY), seen_on(from_days({*days, added}), TODAY)

    assert after.longest >= before.longest
    assert after.current >= before.current
    assert after.checked_in_today >= before.checked_in_today


@given(histories, past_days)
def test_one_check_in_fewer_never_gains_anything(days: set[date], removed: date) -> None:
    """The longest run can only shrink when a day is taken back, and the rest still adds up."""
    before, after = from_days(days), from_days(days - {removed})

    assert 0 <= after.current <= after.longest <= before.longest
    assert after.last_day == max(days - {removed}, default=None)


@pytest.mark.parametrize(
    ("last_day", "expected"),
    [
        pytest.param(12, StreakView(0, 5, checked_in_today=False), id="yesterday was missed"),
        pytest.param(13, StreakView(3, 5, checked_in_today=False), id="today is not over yet"),
        pytest.param(14, StreakView(3, 5, checked_in_today=True), id="today"),
        pytest.param(15, StreakView(3, 5, checked_in_today=True), id="today again, after a flight"),
    ],
)
def test_a_run_lives_until_a_whole_day_is_missed(last_day: int, expected: StreakView) -> None:
    """A run counts up to the end of the day after its last, and the longest for ever."""
    assert seen_on(Streak(3, 5, date(2027, 3, last_day)), TODAY) == expected


def test_a_flight_over_the_date_line_keeps_the_run() -> None:
    """Monday evening in Honolulu and a day later, Wednesday evening in Auckland, follow upon one another."""
    monday = entry("2027-06-08T06:00Z", "Pacific/Honolulu")
    wednesday = entry("2027-06-09T07:00Z", "Pacific/Auckland")

    assert wednesday.day - monday.day == 2 * DAY
    assert from_days(days_covered([monday, wednesday], zone("Pacific/Auckland"), MIDNIGHT)).current == 3


def test_a_run_is_alive_on_landing() -> None:
    """The last entry counts for the day it was here, wherever it was made."""
    monday = entry("2027-06-08T06:00Z", "Pacific/Honolulu")
    auckland = zone("Pacific/Auckland")
    streak = from_days(days_covered([monday], auckland, MIDNIGHT))

    assert seen_on(streak, local_day(datetime(2027, 6, 9, 1, tzinfo=UTC), auckland, MIDNIGHT)).current == 2


def test_an_earlier_start_of_the_day_keeps_the_run() -> None:
    """Two at night on Tuesday was still Monday; with days from midnight it is Tuesday too."""
    london = zone("Europe/London")
    monday = Entry(datetime(2027, 1, 5, 2, tzinfo=UTC), london, date(2027, 1, 4))
    wednesday = entry("2027-01-06T20:00Z", "Europe/London")

    assert from_days(days_covered([monday, wednesday], london, MIDNIGHT)).current == 3


def test_at_home_an_entry_covers_its_own_day_only() -> None:
    """Where neither zone nor start of day changes, a missed day stays missed."""
    entries = [entry(f"2027-06-{day:02}T12:00Z", "Europe/London") for day in (1, 2, 4)]

    assert list(days_covered(entries, zone("Europe/London"), MIDNIGHT)) == [e.day for e in entries]


@given(travels, sampled_from([MIDNIGHT, time(4)]))
def test_a_traveller_who_misses_no_whole_local_day_keeps_the_run(
    travel: list[tuple[str, float]], day_starts_at: time
) -> None:
    """Whoever checks in by the end of the day after the last one, wherever they are, has one unbroken run."""
    now, entries = datetime(2027, 3, 10, 12, tzinfo=UTC), []
    for zone_name, how_late in travel:
        tz = zone(zone_name)
        _, deadline = day_bounds(local_day(now, tz, day_starts_at) + DAY, tz, day_starts_at)
        now += how_late * (deadline - timedelta(seconds=1) - now)
        entries.append(Entry(now, tz, local_day(now, tz, day_starts_at)))
    today = local_day(now, tz, day_starts_at)

    days = list(days_covered(entries, tz, day_starts_at))
    streak = from_days(days)

    assert streak.current == streak.longest == (max(days) - min(days)).days + 1
    assert seen_on(streak, today) == StreakView(streak.current, streak.longest, checked_in_today=True)
