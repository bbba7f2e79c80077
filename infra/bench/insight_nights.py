"""The nightly job of insights, for people with a year of entries: three a day, with some of 40 factors."""

import resource
import time
from datetime import UTC, datetime
from typing import LiteralString

import psycopg
import uvloop
from pydantic import SecretStr

from functions.insights.job import insight_job
from infra.bar import Bar
from infra.bench.dataset import ADMIN
from infra.local.postgres import Server
from infra.migrate import migrate
from shared.events import tick
from shared.services import Services, use
from shared.settings import Settings

DATABASE = "insight_nights"
NIGHT = datetime(2027, 2, 1, 4, tzinfo=UTC)
PEOPLE = 200
KIBIBYTES_PER_MEGABYTE = 1024

INSERT_PEOPLE: LiteralString = """
    INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, %(people)s);
"""
INSERT_DAYS: LiteralString = """
    INSERT INTO mend.insight_days
        (user_id, day, entries, tagged_entries, value_sum, arousal_sum, lowest, highest, moods, factors)
    SELECT u.id, d.day, 3, 3, (random() * 20 - 10) * 3, (random() * 20 - 10) * 3, -5, 5, '{"sad": 3}',
           (SELECT jsonb_object_agg('factor ' || f, 1) FROM generate_series(1, 40) AS f
            WHERE random() < 0.05 + f * 0.015 OR f = 40 + 0 * extract(day FROM d.day))
    FROM auth.users AS u, generate_series(date '2026-02-01', date '2027-01-31', interval '1 day') AS d (day)
"""
INSERT_YEARS: LiteralString = """
    INSERT INTO mend.insight_periods
        (user_id, unit, first_day, days, entries, tagged_days, value_sum, value_squares, arousal_sum, moods, factors)
    SELECT id, 'year', '2026-01-01', 365, 1095, 365, 0, 0, 0, '{}', '{}' FROM auth.users
"""
MAKE_DUE: LiteralString = """
    INSERT INTO mend.insight_people (user_id, stale_since, due_at)
    SELECT id, %(night)s, %(night)s FROM auth.users
    ON CONFLICT (user_id) DO UPDATE SET due_at = excluded.due_at
"""


def measure_nights(server: Server) -> list[Bar]:
    """The first night of everyone has a look; the second one estimates again."""
    server.create_database(DATABASE)
    migrate(server.dsn(DATABASE))
    with psycopg.connect(server.dsn(DATABASE, ADMIN), autocommit=True) as conn:
        conn.execute(INSERT_PEOPLE, {"people": PEOPLE})
        conn.execute(INSERT_DAYS)
        conn.execute(INSERT_YEARS)
        conn.execute("ANALYZE")
        return [_measure_night(server, conn, what) for what in ("with a look each", "without a look")]


def _measure_night(server: Server, conn: psycopg.Connection, what: str) -> Bar:
    conn.execute(MAKE_DUE, {"night": NIGHT})
    memory, began, cpu = _peak_megabytes(), time.perf_counter(), time.process_time()
    uvloop.run(_run(server))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    note = f"{PEOPLE / cpu:.0f} by CPU time; peak memory grew by {_peak_megabytes() - memory:.0f} MB"
    return Bar(f"nightly job of insights, {what}: people with a year", PEOPLE / seconds, 15, None, note, "/s")


async def _run(server: Server) -> None:
    parts = Services(Settings(database_url=SecretStr(server.dsn(DATABASE, "mend_app"))))
    use(parts)
    await insight_job.run(tick("schedule.insights", NIGHT))
    await parts.database.close()


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIBIBYTES_PER_MEGABYTE
