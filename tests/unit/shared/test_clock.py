from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, example, given
from hypothesis.strategies import dates, datetimes, just, sampled_from, times

from shared.clock import (
    UnknownZone,
    at_wall_time,
    day_bounds,
    local_day,
    unix_nanoseconds,
    utc_now,
    zone,
    zone_of_offset,
)
from tests.conftest import ClockMover
from tests.unit.zones import unlike

DAY = timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)
SECOND = timedelta(seconds=1)
MIDNIGHT = time(0)
FOUR = time(4)

names = sorted(available_timezones() - {"Factory"})
zones = sampled_from(names).map(zone)
minutes = times().map(lambda wall: wall.replace(second=0, microsecond=0))
days = dates(date(1970, 1, 3), date(2100, 1, 1))
instants = datetimes(datetime(1970, 1, 3), datetime(2100, 1, 1), timezones=just(UTC))  # noqa: DTZ001 - wants naive


def wall_time(instant: datetime, tz: ZoneInfo) -> datetime:
    return instant.astimezone(tz).replace(tzinfo=None)


def is_shown_twice(instant: datetime, tz: ZoneInfo) -> bool:
    local = instant.astimezone(tz)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def changes() -> Iterator[tuple[ZoneInfo, date]]:
    """All zones with different rules, each with the days from 2025 to 2030 on which its clocks change."""
    noons = [datetime(2025, 1, 1, 12, tzinfo=UTC) + number * DAY for number in range(6 * 365)]
    for tz in map(zone, unlike()):
        local = [noon.astimezone(tz) for noon in noons]
        yield from ((tz, after.date()) for before, after in pairwise(local) if before.utcoffset() != after.utcoffset())


@pytest.mark.parametrize("name", ["UTC", "Europe/London", "Asia/Calcutta", "America/Argentina/Ushuaia", "Etc/GMT+5"])
def test_all_iana_names_are_accepted(name: str) -> None:
    """All IANA names are accepted, including aliases, and keep their spelling."""
    assert zone(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe",
        "Europe/",
        "europe/london",
        " UTC",
        "UTC\0",
        "UTC+2",
        "Mars/Phobos",
        "localtime",
        "posixrules",
        "Factory",
        "zone.tab",
        "__init__.py",
        "x" * 100_000,
    ],
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    """Paths, other files, placeholders and other spellings are unknown. The error does not repeat them."""
    with pytest.raises(UnknownZone, match=r"^Not the name of an IANA time zone, like Europe/Berlin\.$"):
        zone(name)


def test_now_is_an_instant() -> None:
    """The clock returns an aware datetime in UTC."""
    assert utc_now().tzinfo is UTC


def test_the_setting_moves_the_clock(move_clock: ClockMover) -> None:
    """CLOCK_OFFSET moves all functions of the clock by the same time."""
    before, before_ns = utc_now(), unix_nanoseconds()
    move_clock(timedelta(days=400))

    assert timedelta(days=400) <= utc_now() - before < timedelta(days=401)
    assert timedelta(days=400) <= timedelta(microseconds=(unix_nanoseconds() - before_ns) / 1000) < timedelta(days=401)


@pytest.mark.parametrize(
    ("name", "day", "wall", "instant"),
    [
        pytest.param("America/New_York", "2027-03-14", "02:30", "2027-03-14T07:00Z", id="gap"),
        pytest.param("America/New_York", "2027-03-14", "02:00", "2027-03-14T07:00Z", id="start of a gap"),
        pytest.param("America/New_York", "2027-03-14", "03:00", "2027-03-14T07:00Z", id="end of a gap"),
        pytest.param("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30Z", id="fold"),
        pytest.param("Europe/London", "2027-03-28", "01:30", "2027-03-28T01:00Z", id="gap, London"),
        pytest.param("Africa/Cairo", "2027-04-30", "00:30", "2027-04-29T22:00Z", id="midnight gap, Cairo"),
        pytest.param("Asia/Beirut", "2027-03-28", "00:30", "2027-03-27T22:00Z", id="midnight gap, Beirut"),
        pytest.param("America/Havana", "2025-03-09", "00:30", "2025-03-09T05:00Z", id="midnight gap, Havana"),
        pytest.param("Australia/Lord_Howe", "2027-04-04", "01:45", "2027-04-03T14:45Z", id="half-hour fold"),
        pytest.param("America/Santiago", "2027-04-03", "23:30", "2027-04-04T02:30Z", id="back past midnight"),
        pytest.param("America/Santiago", "2027-04-04", "00:00", "2027-04-04T04:00Z", id="midnight after"),
        pytest.param("Africa/Casablanca", "2025-02-23", "02:30", "2025-02-23T01:30Z", id="back for Ramadan"),
        pytest.param("Africa/Casablanca", "2025-04-06", "02:30", "2025-04-06T02:00Z", id="forward after it"),
        pytest.param("America/Nuuk", "2027-10-30", "23:30", "2027-10-31T00:30Z", id="back late at night"),
        pytest.param("Pacific/Apia", "2011-12-30", "12:00", "2011-12-30T10:00Z", id="a day that never was"),
        pytest.param("Asia/Kathmandu", "2027-01-01", "00:00", "2026-12-31T18:15Z", id="quarter hours"),
        pytest.param("America/Sao_Paulo", "2027-01-01", "00:00", "2027-01-01T03:00Z", id="no changes"),
    ],
)
def test_a_wall_time_is_one_instant(name: str, day: str, wall: str, instant: str) -> None:
    """A skipped wall time becomes the first instant after the gap, a repeated one its first occurrence."""
    result = at_wall_time(date.fromisoformat(day), time.fromisoformat(wall), zone(name))

    assert result == datetime.fromisoformat(instant)
    assert result.tzinfo is UTC


@example(date(2072, 4, 29), time(0, 1, fold=1), zone("Egypt"))
@given(days, minutes, zones)
def test_a_wall_time_is_the_first_instant_to_reach_it(day: date, wall: time, tz: ZoneInfo) -> None:
    """At that instant the wall clock shows that time or a later one, and one second before it an earlier one."""
    result = at_wall_time(day, wall, tz)

    assert wall_time(result - SECOND, tz) < datetime.combine(day, wall) <= wall_time(result, tz)


@pytest.mark.slow
@pytest.mark.parametrize("day_starts_at", [MIDNIGHT, FOUR])
def test_days_adjoin_at_every_clock_change(day_starts_at: time) -> None:
    """Around every clock change, a day ends when the next begins, and contains the instants that it names."""
    for tz, change in changes():
        _, expected_start = day_bounds(change - 2 * DAY, tz, day_starts_at)
        for day in (change - DAY, change, change + DAY):
            start, end = day_bounds(day, tz, day_starts_at)
            halves = range((end - start) // HALF_HOUR)
            named = {local_day(start + HALF_HOUR * half, tz, day_starts_at) for half in halves}

            assert start == expected_start
            assert named == {day} == {local_day(end - SECOND, tz, day_starts_at)}
            expected_start = end


@given(days, zones, minutes)
def test_days_adjoin(day: date, tz: ZoneInfo, day_starts_at: time) -> None:
    """In any zone and with any start, a day ends at the instant at which the next one begins."""
    start, end = day_bounds(day, tz, day_starts_at)

    assert start <= end == day_bounds(day + DAY, tz, day_starts_at)[0]
    assert end - start <= timedelta(hours=50)


@given(instants, zones, minutes)
def test_an_instant_lies_within_its_day(instant: datetime, tz: ZoneInfo, day_starts_at: time) -> None:
    """The bounds of its local day contain an instant, unless clocks repeat that time."""
    assume(not is_shown_twice(instant, tz))

    start, end = day_bounds(local_day(instant, tz, day_starts_at), tz, day_starts_at)

    assert start <= instant < end


def test_a_repeated_start_of_a_day_begins_it_once() -> None:
    """The day begins at the first occurrence, although the repeated minutes have the date of the day before."""
    new_york, half_past_one = zone("America/New_York"), time(1, 30)
    second_quarter_past_one = datetime(2026, 11, 1, 6, 15, tzinfo=UTC)

    start, end = day_bounds(date(2026, 11, 1), new_york, half_past_one)

    assert start == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert start < second_quarter_past_one < end
    assert local_day(second_quarter_past_one, new_york, half_past_one) == date(2026, 10, 31)


@pytest.mark.parametrize(
    ("instant", "day_starts_at", "day"),
    [
        ("2027-06-01T02:59:59Z", FOUR, "2027-05-31"),
        ("2027-06-01T03:00:00Z", FOUR, "2027-06-01"),
        ("2027-05-31T23:00:00Z", MIDNIGHT, "2027-06-01"),
        ("2028-02-29T12:00:00Z", MIDNIGHT, "2028-02-29"),
        ("2028-03-01T02:00:00Z", FOUR, "2028-02-29"),
    ],
)
def test_the_small_hours_belong_to_the_day_before(instant: str, day_starts_at: time, day: str) -> None:
    """A day lasts from its start, here in London's wall time, to the start of the next."""
    result = local_day(datetime.fromisoformat(instant), zone("Europe/London"), day_starts_at)

    assert result == date.fromisoformat(day)


def test_a_skipped_day_is_empty() -> None:
    """Apia skipped the 30th of December 2011."""
    start, end = day_bounds(date(2011, 12, 30), zone("Pacific/Apia"), MIDNIGHT)

    assert start == end == datetime(2011, 12, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize("offset", ["-12:00", "-09:30", "-03:30", "+00:00", "+05:45", "+14:00"])
def test_every_offset_of_a_place_has_a_zone(offset: str) -> None:
    """Of one that the clocks there show in winter."""
    moment = datetime.fromisoformat(f"2026-01-15T12:00:00{offset}")

    tz = zone_of_offset(moment)

    assert tz
    assert moment.astimezone(tz).replace(tzinfo=None) == moment.replace(tzinfo=None)
    assert zone_of_offset(datetime.fromisoformat("2026-01-15T12:00:00+15:00")) is None
