"""How runs of local dates are counted."""

from datetime import UTC, date, datetime, time, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis.strategies import dates, floats, lists, permutations, sampled_from, sets, tuples

from functions.checkin.rules.streak_days import StreakCount, StreakToday, extend, streak_on
from shared.clock import day_bounds, local_day, zone
from tests.streak_count import EntryTime, count_days, covered_days

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


def entry(instant: str, zone_name: str) -> EntryTime:
    occurred_at, tz = datetime.fromisoformat(instant), zone(zone_name)
    return EntryTime(occurred_at, tz, local_day(occurred_at, tz, MIDNIGHT))


def with_day(streak: StreakCount, day: date) -> StreakCount:
    longer = extend(streak, day)
    assert longer is not None
    return longer


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(10, StreakCount(3, 5, date(2027, 3, 10)), id="the same day changes nothing"),
        pytest.param(11, StreakCount(4, 5, date(2027, 3, 11)), id="the next day adds one"),
        pytest.param(12, StreakCount(1, 5, date(2027, 3, 12)), id="a new run after a missed day"),
        pytest.param(9, None, id="an earlier day needs all days"),
    ],
)
def test_a_day_extends_the_streak(day: int, expected: StreakCount | None) -> None:
    """A new day is compared with the last day of a run of three."""
    assert extend(StreakCount(3, 5, date(2027, 3, 10)), date(2027, 3, day)) == expected


def test_no_days_make_no_streak() -> None:
    """Without check-ins there is no run and no last day."""
    assert count_days([]) == StreakCount() == StreakCount(0, 0, None)
    assert streak_on(StreakCount(), TODAY) == StreakToday(0, 0, checked_in_today=False)


def test_the_first_day_makes_a_streak_of_one() -> None:
    """One check-in is a run of one day."""
    assert extend(StreakCount(), TODAY) == count_days([TODAY]) == StreakCount(1, 1, TODAY)


def test_a_late_entry_joins_two_runs() -> None:
    """An entry for the day between makes one run of both."""
    assert count_days(march(1, 2, 3, 5, 6)) == StreakCount(2, 3, date(2027, 3, 6))
    assert count_days(march(1, 2, 3, 5, 6, 4)) == StreakCount(6, 6, date(2027, 3, 6))


def test_the_longest_run_is_remembered() -> None:
    """A later, shorter run becomes the current one. The longest stays."""
    assert count_days(march(1, 2, 3, 8)) == StreakCount(1, 3, date(2027, 3, 8))


@given(histories)
def test_extending_day_by_day_equals_counting_all_days(days: set[date]) -> None:
    """Both ways to count give the same result."""
    assert reduce(with_day, sorted(days), StreakCount()) == count_days(days)


@given(lists(past_days).flatmap(lambda days: tuples(permutations(days), permutations(days * 2))))
def test_order_and_repeats_do_not_matter(orders: tuple[list[date], list[date]]) -> None:
    """Days in any order and with repeats give the same count."""
    once, twice = orders

    assert count_days(once) == count_days(twice)


@given(histories, past_days)
def test_one_more_check_in_lowers_no_number(days: set[date], added: date) -> None:
    """One more day, today or in the past, keeps or raises every number."""
    before, after = streak_on(count_days(days), TODAY), streak_on(count_days({*days, added}), TODAY)

    assert after.longest >= before.longest
    assert after.current >= before.current
    assert after.checked_in_today >= before.checked_in_today


@given(histories, past_days)
def test_one_check_in_fewer_raises_no_run(days: set[date], removed: date) -> None:
    """Without one of the days the longest run is at most as long, and the last day is that of the others."""
    before, after = count_days(days), count_days(days - {removed})

    assert 0 <= after.current <= after.longest <= before.longest
    assert after.last_day == max(days - {removed}, default=None)


@pytest.mark.parametrize(
    ("last_day", "expected"),
    [
        pytest.param(12, StreakToday(0, 5, checked_in_today=False), id="yesterday was missed"),
        pytest.param(13, StreakToday(3, 5, checked_in_today=False), id="today is not over yet"),
        pytest.param(14, StreakToday(3, 5, checked_in_today=True), id="today"),
        pytest.param(15, StreakToday(3, 5, checked_in_today=True), id="today again, after a flight"),
    ],
)
def test_a_run_lives_until_a_whole_day_is_missed(last_day: int, expected: StreakToday) -> None:
    """A run is current until the end of the day after its last one. The longest run has no end."""
    assert streak_on(StreakCount(3, 5, date(2027, 3, last_day)), TODAY) == expected


def test_a_flight_over_the_date_line_keeps_the_run() -> None:
    """Monday evening in Honolulu and Wednesday evening in Auckland, 25 hours later, are consecutive."""
    monday = entry("2027-06-08T06:00Z", "Pacific/Honolulu")
    wednesday = entry("2027-06-09T07:00Z", "Pacific/Auckland")

    assert wednesday.local_date - monday.local_date == 2 * DAY
    assert count_days(covered_days([monday, wednesday], zone("Pacific/Auckland"), MIDNIGHT)).current == 3


def test_a_run_is_current_after_a_flight_over_the_date_line() -> None:
    """The last entry also counts for the date that it has in the new zone."""
    monday = entry("2027-06-08T06:00Z", "Pacific/Honolulu")
    auckland = zone("Pacific/Auckland")
    streak = count_days(covered_days([monday], auckland, MIDNIGHT))

    assert streak_on(streak, local_day(datetime(2027, 6, 9, 1, tzinfo=UTC), auckland, MIDNIGHT)).current == 2


def test_an_earlier_start_of_the_day_keeps_the_run() -> None:
    """An entry at 02:00 on Tuesday counted for Monday. When days start at midnight, it counts for Tuesday as well."""
    london = zone("Europe/London")
    monday = EntryTime(datetime(2027, 1, 5, 2, tzinfo=UTC), london, date(2027, 1, 4))
    wednesday = entry("2027-01-06T20:00Z", "Europe/London")

    assert count_days(covered_days([monday, wednesday], london, MIDNIGHT)).current == 3


def test_without_a_change_of_clock_an_entry_covers_one_day() -> None:
    """If neither zone nor start of the day changes, a missed day stays missed."""
    entries = [entry(f"2027-06-{day:02}T12:00Z", "Europe/London") for day in (1, 2, 4)]

    assert list(covered_days(entries, zone("Europe/London"), MIDNIGHT)) == [e.local_date for e in entries]


@given(travels, sampled_from([MIDNIGHT, time(4)]))
def test_a_traveller_who_misses_no_whole_local_day_keeps_the_run(
    travel: list[tuple[str, float]], day_starts_at: time
) -> None:
    """A person who always checks in by the end of the next local day, in any zone, has one unbroken run."""
    now, entries = datetime(2027, 3, 10, 12, tzinfo=UTC), []
    for zone_name, how_late in travel:
        tz = zone(zone_name)
        _, deadline = day_bounds(local_day(now, tz, day_starts_at) + DAY, tz, day_starts_at)
        now += how_late * (deadline - timedelta(seconds=1) - now)
        entries.append(EntryTime(now, tz, local_day(now, tz, day_starts_at)))
    today = local_day(now, tz, day_starts_at)

    days = list(covered_days(entries, tz, day_starts_at))
    streak = count_days(days)

    assert streak.current == streak.longest == (max(days) - min(days)).days + 1
    assert streak_on(streak, today) == StreakToday(streak.current, streak.longest, checked_in_today=True)
