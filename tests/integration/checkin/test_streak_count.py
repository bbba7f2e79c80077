"""`mend.count_streak`: the streak of all stored entries."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import given
from hypothesis.strategies import builds, lists, sampled_from, timedeltas

from functions.checkin.rules.streak_days import StreakCount
from shared.clock import local_day, zone
from tests.conftest import Clone, sign_up
from tests.streak_count import EntryTime, count_days, covered_days

DAY_STARTS = [time(0), time(0, 30), time(4), time(23, 59)]
# No zone whose rules have just changed: Python may know them before Postgres does.
ZONES = ["Pacific/Honolulu", "Pacific/Auckland", "Pacific/Kiritimati", "Asia/Beirut", "Europe/London"]
ADD = """
    INSERT INTO public.mood_entries (user_id, id, mood, intensity, occurred_at, timezone, local_date, edited_at)
    VALUES (%s, %s, 'okay', 5, %s, %s, %s, %s)
"""
COUNT = "SELECT current, longest, last_day FROM mend.count_streak(%s, %s, %s)"


def _entry(moment: datetime, zone_name: str, day_starts_at: time) -> EntryTime:
    """An entry that was made with this start of the day, which may have changed since."""
    return EntryTime(moment, zone(zone_name), local_day(moment, zone(zone_name), day_starts_at))


AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)  # with changes of clocks
near = timedeltas(timedelta(0), timedelta(days=14)).map(AUTUMN.__add__)
diaries = lists(builds(_entry, near, sampled_from(ZONES), sampled_from(DAY_STARTS)), max_size=12)


@pytest.fixture
def conn(database: Clone) -> Iterator[psycopg.Connection]:
    with database.admin() as conn:
        yield conn


def add(conn: psycopg.Connection, person: UUID, entries: list[EntryTime]) -> None:
    with conn.cursor() as cursor:
        rows = [
            (person, UUID(int=number), entry.occurred_at, entry.zone.key, entry.local_date, entry.occurred_at)
            for number, entry in enumerate(entries)
        ]
        cursor.executemany(ADD, rows)


@given(diaries, sampled_from(ZONES), sampled_from(DAY_STARTS))
def test_postgres_counts_as_the_rules_say(
    conn: psycopg.Connection, entries: list[EntryTime], present_zone: str, day_starts_at: time
) -> None:
    """For any entries, zones and starts of the day, also across the date line and a change of clocks."""
    entries = sorted(entries, key=lambda entry: entry.occurred_at)
    with conn.transaction(force_rollback=True):
        person = uuid4()
        conn.execute("INSERT INTO auth.users (id) VALUES (%s)", (person,))
        add(conn, person, entries)
        row = conn.execute(COUNT, (person, present_zone, day_starts_at)).fetchone()

    assert row is not None
    assert StreakCount(*row) == count_days(covered_days(entries, zone(present_zone), day_starts_at))


def test_a_zone_that_postgres_does_not_know_is_no_error(conn: psycopg.Connection, database: Clone) -> None:
    """The rules of Postgres may be older than Python's. The dates of the entries count."""
    person, london = sign_up(database), zone("Europe/London")
    moments = [datetime(2026, 6, day, 12, tzinfo=UTC) for day in (1, 2, 4)]
    add(conn, person, [EntryTime(moment, london, moment.date()) for moment in moments])
    conn.execute("UPDATE public.mood_entries SET timezone = 'Moon/Tranquility' WHERE user_id = %s", (person,))

    assert conn.execute(COUNT, (person, "Europe/London", time(0))).fetchone() == (1, 2, moments[2].date())
