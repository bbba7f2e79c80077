"""The local date of an entry: by the person's zone and day start."""

from datetime import UTC, datetime, time
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.postgres import Server
from shared.clock import local_day, utc_now, zone
from tests.conftest import ADMIN, Client, ClientFactory
from tests.integration.checkin.diary import (
    DAY,
    at,
    checked_in,
    checked_in_at,
    days_before,
    history_of,
    profile_set,
    streak_of,
)

ZONES = sorted(available_timezones() - {"Factory"})
LOCAL_DAYS = """
    SELECT input.zone, input.at, input.at AT TIME ZONE input.zone, ((input.at AT TIME ZONE input.zone) - %s::time)::date
    FROM (SELECT zone, at FROM unnest(%s::text[]) AS zone CROSS JOIN unnest(%s::timestamptz[]) AS at) AS input
    JOIN pg_timezone_names AS zones ON zones.name = input.zone
"""


async def day_of(client: Client, moment: str) -> str:
    answer = await checked_in(client, occurred_at=moment)
    day: str = answer["local_date"]
    return day


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-06-10T03:30:00+09:00", "2026-06-09"),
        ("2026-06-10T03:59:59+09:00", "2026-06-09"),
        ("2026-06-10T04:00:00+09:00", "2026-06-10"),
        ("2026-06-09T19:00:00Z", "2026-06-10"),
        ("2026-06-09T18:59:59Z", "2026-06-09"),
        ("2026-06-09T12:00:00-10:00", "2026-06-09"),
    ],
)
async def test_hours_before_the_day_start_belong_to_the_day_before(
    me: Client, client_for: ClientFactory, moment: str, day: str
) -> None:
    """In Tokyo with days from 04:00 on, 03:30 belongs to the day before, with any offset in the request."""
    await profile_set(client_for, me, timezone="Asia/Tokyo", day_starts_at="04:00")

    assert await day_of(me, moment) == day


@pytest.mark.parametrize(
    ("timezone", "day_starts_at", "moment", "day"),
    [
        pytest.param("Europe/London", "04:00", "2026-03-29T00:59:00Z", "2026-03-28", id="before the skipped hour"),
        pytest.param("Europe/London", "04:00", "2026-03-29T01:00:00Z", "2026-03-28", id="after it, still night"),
        pytest.param("Europe/London", "04:00", "2026-03-29T03:00:00Z", "2026-03-29", id="a short day begins"),
        pytest.param("Europe/London", "01:30", "2026-03-29T01:00:00Z", "2026-03-29", id="its start was skipped"),
        pytest.param("Europe/London", "04:00", "2026-10-25T00:30:00Z", "2026-10-24", id="first pass of the hour"),
        pytest.param("Europe/London", "04:00", "2026-10-25T01:30:00Z", "2026-10-24", id="second pass of the hour"),
        pytest.param("Europe/London", "04:00", "2026-10-25T03:59:00Z", "2026-10-24", id="a long night"),
        pytest.param("Europe/London", "04:00", "2026-10-25T04:00:00Z", "2026-10-25", id="a long day begins"),
        pytest.param("Australia/Lord_Howe", "00:00", "2026-04-04T14:45:00Z", "2026-04-05", id="half an hour back"),
        pytest.param("Africa/Cairo", "00:00", "2026-04-23T22:00:00Z", "2026-04-24", id="midnight was skipped"),
    ],
)
async def test_nights_with_a_clock_change(  # noqa: PLR0913, PLR0917 - one row of a table
    me: Client, client_for: ClientFactory, timezone: str, day_starts_at: str, moment: str, day: str
) -> None:
    """The wall time decides, also on nights with an hour more or less."""
    await profile_set(client_for, me, timezone=timezone, day_starts_at=day_starts_at)

    assert await day_of(me, moment) == day


@pytest.mark.parametrize("last", ["2026-03-31T22:30:00Z", "2025-10-28T23:30:00Z"])
async def test_a_run_of_days_crosses_a_clock_change(me: Client, client_for: ClientFactory, last: str) -> None:
    """Check-ins at 23:30 every night make a run, in weeks of 167 and of 169 hours."""
    await profile_set(client_for, me, timezone="Europe/London")
    tz = zone("Europe/London")
    newest = datetime.fromisoformat(last).astimezone(tz)

    await checked_in_at(me, *((newest - DAY * number).isoformat() for number in range(6)))

    assert {datetime.fromisoformat(entry["occurred_at"]).astimezone(tz).hour for entry in await history_of(me)} == {23}
    assert await streak_of(me) == (0, 6)


async def test_a_change_of_zone_keeps_earlier_local_dates(me: Client, client_for: ClientFactory) -> None:
    """Earlier entries keep zone and local date. The next entry uses the new zone."""
    await profile_set(client_for, me, timezone="Asia/Tokyo")
    await checked_in(me, occurred_at="2026-06-10T20:00:00Z")
    await profile_set(client_for, me, timezone="America/Los_Angeles")
    await checked_in(me, occurred_at="2026-06-11T20:00:00Z")

    entries = [(entry["local_date"], entry["timezone"]) for entry in await history_of(me)]

    assert entries == [("2026-06-11", "America/Los_Angeles"), ("2026-06-11", "Asia/Tokyo")]


async def test_an_edit_after_a_change_of_zone_uses_the_zone_of_the_entry(me: Client, client_for: ClientFactory) -> None:
    """A new note keeps the local date, and a new time is read in the zone that the entry already has."""
    await profile_set(client_for, me, timezone="Asia/Tokyo")
    entry = await checked_in(me, occurred_at="2026-06-10T20:00:00Z")
    await profile_set(client_for, me, timezone="America/Los_Angeles")

    noted = (await me.patch(f"/{entry['mood_id']}", json={"note": "at the airport"})).json()
    timed = (await me.patch(f"/{entry['mood_id']}", json={"occurred_at": "2026-06-10T14:59:00Z"})).json()

    assert (noted["local_date"], noted["timezone"]) == ("2026-06-11", "Asia/Tokyo")
    assert (timed["local_date"], timed["timezone"]) == ("2026-06-10", "Asia/Tokyo")


AWAY = [
    ("2026-02-27T22:00:00-08:00", "2026-02-27", "Etc/GMT+8"),
    ("2026-02-27T23:30:00+05:30", "2026-02-27", "Asia/Kolkata"),
    ("2026-02-28T17:00:00+11:00", "2026-02-28", "Australia/Sydney"),
    ("2026-02-28T06:00:00Z", "2026-02-28", "Australia/Sydney"),  # says nothing of a place
    ("2026-02-28T05:43:00-00:17", "2026-02-28", "Australia/Sydney"),  # of no place
]


@pytest.mark.parametrize(("written", "day", "timezone"), AWAY)
@pytest.mark.parametrize("path", ["/", "/batch"])
async def test_an_entry_made_elsewhere_has_the_date_of_that_place(  # noqa: PLR0913, PLR0917 - one row of a table
    me: Client, client_for: ClientFactory, path: str, written: str, day: str, timezone: str
) -> None:
    """An offset that the profile's zone does not have then is that of the place where the entry was made."""
    await profile_set(client_for, me, timezone="Australia/Sydney")
    entry = {"mood": "okay", "intensity": 5, "occurred_at": written}

    await me.post(path, json=entry if path == "/" else {"entries": [entry]})

    [stored] = await history_of(me)
    assert (stored["local_date"], stored["timezone"]) == (day, timezone)
    assert at(stored["occurred_at"]) == at(written)
    assert stored["occurred_at"].endswith("Z")


async def test_an_entry_made_elsewhere_is_counted_as_all_are(me: Client, client_for: ClientFactory) -> None:
    """The run is the same whether its last entry was added to the count or all were counted."""
    await profile_set(client_for, me, timezone="Pacific/Honolulu")
    await checked_in_at(me, "2026-06-09T23:00:00-10:00", "2026-06-11T23:00:00+14:00")
    added = await streak_of(me)
    await me.post("/batch", json={"entries": [{"mood": "okay", "intensity": 5, "occurred_at": "2026-01-01T12:00:00Z"}]})

    assert added == await streak_of(me) == (0, 3)


@pytest.mark.parametrize(
    ("start", "end", "run"),
    [
        ("Pacific/Honolulu", "Pacific/Kiritimati", 3),  # the flight skips a date
        ("Pacific/Kiritimati", "Pacific/Honolulu", 1),  # 24 hours later it is the same date again
        ("Europe/London", "Europe/Paris", 2),
    ],
)
async def test_a_flight_over_the_date_line_ends_no_run(
    me: Client, client_for: ClientFactory, start: str, end: str, run: int
) -> None:
    """A person who checks in every 24 hours keeps the run in both directions."""
    moment = utc_now()
    if end == "Europe/Paris":
        moment = moment.replace(hour=0, minute=0) - DAY / 2  # noon is far from midnight in both zones
    yesterday, today = days_before(moment, 1, 0)
    await profile_set(client_for, me, timezone=start)
    await checked_in(me, occurred_at=yesterday)
    await profile_set(client_for, me, timezone=end)
    await checked_in(me, occurred_at=today)

    assert (await streak_of(me))[1] == run


async def test_an_entry_between_two_days_makes_a_run_of_three(me: Client) -> None:
    """Entries on 10 and 12 June make no run of two. With one on 11 June they are a run of three."""
    await checked_in_at(me, "2026-06-10T23:00:00Z", "2026-06-12T02:00:00Z")
    assert await streak_of(me) == (0, 1)

    await checked_in_at(me, "2026-06-11T12:00:00Z")

    assert await streak_of(me) == (0, 3)


@settings(max_examples=10)
@given(
    moments=st.lists(
        st.datetimes(datetime(1972, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - wants naive
        min_size=5,
        max_size=20,
    ),
    day_starts_at=st.times().map(lambda wall: wall.replace(second=0, microsecond=0)),
)
def test_postgres_names_the_same_days(server: Server, moments: list[datetime], day_starts_at: time) -> None:
    """Whenever Postgres and Python compute the same wall time for an instant, they compute the same local date."""
    import psycopg

    with psycopg.connect(server.dsn("postgres", ADMIN)) as conn:
        rows = conn.execute(LOCAL_DAYS, (day_starts_at, ZONES, moments)).fetchall()
    agreed = [row for row in rows if row[1].astimezone(zone(row[0])).replace(tzinfo=None) == row[2]]

    assert len(agreed) > 0.9 * len(ZONES) * len(moments)
    assert [row for row in agreed if local_day(row[1], zone(row[0]), day_starts_at) != row[3]] == []
