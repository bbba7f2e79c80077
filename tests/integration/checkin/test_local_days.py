"""Which day an entry belongs to: the person's own, where they were, from their day's start on."""

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
    checked_in,
    checked_in_at,
    days_before,
    history_of,
    profile_set,
    streak_of,
)

ZONES = sorted(available_timezones() - {"Factory"})
LOCAL_DAYS = """
    SELECT asked.zone, asked.at, asked.at AT TIME ZONE asked.zone, ((asked.at AT TIME ZONE asked.zone) - %s::time)::date
    FROM (SELECT zone, at FROM unnest(%s::text[]) AS zone CROSS JOIN unnest(%s::timestamptz[]) AS at) AS asked
    JOIN pg_timezone_names AS known ON known.name = asked.zone
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
        ("2026-06-09T12:00:00-10:00", "2026-06-10"),
    ],
)
async def test_the_small_hours_belong_to_the_day_before(
    me: Client, client_for: ClientFactory, moment: str, day: str
) -> None:
    """In Tokyo with a day from 04:00 on, half past three is still yesterday, whatever offset the phone sends."""
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
async def test_nights_in_which_the_clocks_change(  # noqa: PLR0913, PLR0917 - one row of a table
    me: Client, client_for: ClientFactory, timezone: str, day_starts_at: str, moment: str, day: str
) -> None:
    """What the clock on the wall says decides, on nights with an hour too many or too few as on any other."""
    await profile_set(client_for, me, timezone=timezone, day_starts_at=day_starts_at)

    assert await day_of(me, moment) == day


@pytest.mark.parametrize("last", ["2026-03-31T22:30:00Z", "2025-10-28T23:30:00Z"])
async def test_a_run_of_days_crosses_a_clock_change(me: Client, client_for: ClientFactory, last: str) -> None:
    """Half past eleven every night is a run, whether the week has 167 hours or 169."""
    await profile_set(client_for, me, timezone="Europe/London")
    tz = zone("Europe/London")
    newest = datetime.fromisoformat(last).astimezone(tz)

    await checked_in_at(me, *((newest - DAY * number).isoformat() for number in range(6)))

    assert {datetime.fromisoformat(entry["occurred_at"]).astimezone(tz).hour for entry in await history_of(me)} == {23}
    assert await streak_of(me) == (0, 6)


async def test_a_person_who_moves_keeps_their_days(me: Client, client_for: ClientFactory) -> None:
    """An entry stays on the day it was made on, there and then; the next one goes by the new place."""
    await profile_set(client_for, me, timezone="Asia/Tokyo")
    await checked_in(me, occurred_at="2026-06-10T20:00:00Z")
    await profile_set(client_for, me, timezone="America/Los_Angeles")
    await checked_in(me, occurred_at="2026-06-11T20:00:00Z")

    found = [(entry["local_date"], entry["timezone"]) for entry in await history_of(me)]

    assert found == [("2026-06-11", "America/Los_Angeles"), ("2026-06-11", "Asia/Tokyo")]


async def test_editing_after_a_move_leaves_the_day_alone(me: Client, client_for: ClientFactory) -> None:
    """A better note, or even another time, is still told by the clock of the place the entry was made in."""
    await profile_set(client_for, me, timezone="Asia/Tokyo")
    entry = await checked_in(me, occurred_at="2026-06-10T20:00:00Z")
    await profile_set(client_for, me, timezone="America/Los_Angeles")

    noted = (await me.patch(f"/{entry['mood_id']}", json={"note": "at the airport"})).json()
    timed = (await me.patch(f"/{entry['mood_id']}", json={"occurred_at": "2026-06-10T14:59:00Z"})).json()

    assert (noted["local_date"], noted["timezone"]) == ("2026-06-11", "Asia/Tokyo")
    assert (timed["local_date"], timed["timezone"]) == ("2026-06-10", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("start", "end", "run"),
    [
        ("Pacific/Honolulu", "Pacific/Kiritimati", 3),  # a date was flown over, on which nobody could check in
        ("Pacific/Kiritimati", "Pacific/Honolulu", 1),  # a day later it is the same date again
        ("Europe/London", "Europe/Paris", 2),
    ],
)
async def test_a_flight_breaks_no_run(me: Client, client_for: ClientFactory, start: str, end: str, run: int) -> None:
    """Someone who checks in every 24 hours has a run, over the date line and back."""
    moment = utc_now()
    if end == "Europe/Paris":
        moment = moment.replace(hour=0, minute=0) - DAY / 2  # noon, clear of either midnight
    yesterday, today = days_before(moment, 1, 0)
    await profile_set(client_for, me, timezone=start)
    await checked_in(me, occurred_at=yesterday)
    await profile_set(client_for, me, timezone=end)
    await checked_in(me, occurred_at=today)

    assert (await streak_of(me))[1] == run


async def test_a_streak_is_counted_by_the_clock_of_now(me: Client, client_for: ClientFactory) -> None:
    """A day set to start later turns two early mornings in a row, or one early and one late, into what they are."""
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
    """In every zone both know, wherever both read the same wall clock, the two name the same local day."""
    import psycopg

    with psycopg.connect(server.dsn("postgres", ADMIN)) as conn:
        rows = conn.execute(LOCAL_DAYS, (day_starts_at, ZONES, moments)).fetchall()
    agreed = [row for row in rows if row[1].astimezone(zone(row[0])).replace(tzinfo=None) == row[2]]

    assert len(agreed) > 0.9 * len(ZONES) * len(moments)
    assert [row for row in agreed if local_day(row[1], zone(row[0]), day_starts_at) != row[3]] == []
