"""Ticks of the reminders among many people: what is due is found by an index, and a day fits into its ticks."""

import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import psycopg
import uvloop
from psycopg import sql
from pydantic import SecretStr

from functions.notify.job import queries, reminder_job
from infra.bench.bar import Bar
from infra.bench.world import ADMIN
from infra.local.database import BUS
from infra.local.postgres import Server
from infra.migrate import migrate
from shared.events import tick
from shared.services import Services, use
from shared.settings import Settings

NOON = datetime(2027, 2, 1, 12, tzinfo=UTC)
TICK = timedelta(minutes=5)
TICKS = 288  # of a day
DUE = 1_000
FEW, MANY = 10_000, 1_000_000
LOOKS = 30
SCALE = 20  # the day is lived by one in so many of a million

# Nobody has reminders to schedule yet. `due` people have a notification that is due, and everybody has two later ones.
PEOPLE: LiteralString = """
    INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, %(people)s);
"""
AHEAD: LiteralString = """
    WITH numbered AS (SELECT id, row_number() OVER () AS i FROM auth.users)
    INSERT INTO public.notifications (user_id, id, kind, local_date, slot, local_time, due_at)
    SELECT id, gen_random_uuid(), 'check_in', day::date, '12:00', '12:00', day
    FROM numbered, generate_series(%(noon)s::timestamptz, %(noon)s + interval '2 days', '1 day') AS day
    WHERE day > %(noon)s OR i %% (%(people)s / %(due)s) = 0
"""
DEVICES: LiteralString = "INSERT INTO public.devices SELECT id::text, id, 'web' FROM auth.users"
# Half of the people have their reminder in the evening, the others at any time.
DAILY: LiteralString = """
    WITH numbered AS (SELECT id, row_number() OVER () AS i FROM auth.users), lived AS (
        INSERT INTO public.user_profiles (user_id, timezone)
        SELECT id, (ARRAY['Europe/Berlin', 'Europe/London', 'America/New_York', 'America/Los_Angeles', 'Asia/Kolkata',
                          'Asia/Tokyo', 'America/Sao_Paulo', 'Africa/Lagos'])[1 + i %% 8]
        FROM numbered
    )
    INSERT INTO public.notification_settings
        (user_id, channels, kinds, check_in_times, max_per_day, schedule_next_at)
    SELECT id, '{push,in_app}', '{check_in}',
           ARRAY[CASE WHEN i %% 10 < 4 THEN time '20:00' WHEN i %% 10 = 4 THEN time '21:00'
                 ELSE time '07:00' + (i %% 180) * interval '5 minutes' END],
           4, %(noon)s
    FROM numbered
"""
# Spreads the scheduling over the day, as it is after people have signed up at different times.
SPREAD: LiteralString = """
    UPDATE public.notification_settings
    SET schedule_next_at = %(noon)s + abs(hashtext(user_id::text)) %% 288 * interval '5 minutes'
"""


def due(server: Server) -> list[Bar]:
    found = {people: _find(server, people) for people in (FEW, MANY)}
    looks = {people: statistics.median(times) * 1000 for people, (times, _) in found.items()}
    ticks = {people: seconds for people, (_, seconds) in found.items()}
    return [
        Bar("a look for what is due: of 1,000,000 people over of 10,000", looks[MANY] / looks[FEW], "  ", 2,
            f"{looks[MANY]:.1f} ms against {looks[FEW]:.1f} ms, {DUE} due"),
        Bar("a tick that tells 1,000 people, likewise", ticks[MANY] / ticks[FEW], "  ", 2,
            f"{ticks[MANY]:.2f} s against {ticks[FEW]:.2f} s"),
    ]  # fmt: skip


def a_day(server: Server) -> list[Bar]:
    people = 1_000_000 // SCALE
    with _world(server, people) as (admin, parts):
        admin.execute(DAILY, {"noon": NOON})
        uvloop.run(_roll(parts))
        admin.execute(SPREAD, {"noon": NOON})
        admin.execute("VACUUM ANALYZE")
        seconds = uvloop.run(_live(parts, [NOON + number * TICK for number in range(1, TICKS + 1)]))
        query = "SELECT count(*), count(DISTINCT token) FROM local.pushes"
        told, reached = admin.execute(query).fetchone() or (0, 0)
    return [
        Bar(f"a day of 1,000,000 people: longest tick, measured 1:{SCALE}", max(seconds) * SCALE, " s", 300,
            f"{told} messages to {reached} of {people} people in {sum(seconds):.0f} s"),
    ]  # fmt: skip


def _find(server: Server, people: int) -> tuple[list[float], float]:
    """Seconds for each look at the first hundred, and for the tick that tells all."""
    with _world(server, people) as (admin, parts):
        admin.execute(AHEAD, {"noon": NOON, "people": people, "due": DUE})
        admin.execute("VACUUM ANALYZE")

        async def run() -> tuple[list[float], float]:
            looks = [await _timed(lambda: _look(parts)) for _ in range(LOOKS)]
            seconds = await _timed(lambda: reminder_job.run(tick("schedule.reminders", NOON)))
            await parts.database.close()
            return looks, seconds

        found = uvloop.run(run())
        if admin.execute("SELECT count(*) FROM local.pushes").fetchone() != (DUE,):
            raise RuntimeError("not everybody was told")
    return found


@contextmanager
def _world(server: Server, people: int) -> Iterator[tuple[psycopg.Connection, Services]]:
    """So many people with a device each, in a database of their own."""
    name = f"due_{people}"
    server.create_database(name)
    migrate(server.dsn(name))
    with psycopg.connect(server.dsn(name, ADMIN), autocommit=True) as admin:
        admin.execute(BUS.read_bytes())
        admin.execute("SET session_replication_role = replica")  # foreign keys hold by construction
        admin.execute(PEOPLE, {"people": people})
        admin.execute(DEVICES)
        parts = Services(Settings(database_url=SecretStr(server.dsn(name, "mend_app"))))
        use(parts)
        yield admin, parts
    with psycopg.connect(server.dsn("postgres", ADMIN), autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def _roll(parts: Services) -> None:
    await reminder_job.schedule_next_reminders(parts.database, NOON)
    await parts.database.close()


async def _live(parts: Services, moments: list[datetime]) -> list[float]:
    seconds = [await _timed(lambda: reminder_job.run(tick("schedule.reminders", moment))) for moment in moments]  # noqa: B023 - awaited
    await parts.database.close()
    return seconds


async def _look(parts: Services) -> None:
    async with parts.database.service() as conn:
        await queries.lock_due(conn, NOON, 100)


async def _timed(work: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began
