"""Reminder ticks among many people: an index finds the due rows, and each tick of a day ends before the next."""

import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import LiteralString

import psycopg
import uvloop
from psycopg import sql
from pydantic import SecretStr

from functions.notify.channels.fcm import FcmPush
from functions.notify.channels.local import EmbeddedMail
from functions.notify.job import queries, reminder_job
from functions.notify.job.sender import Sender
from infra.bar import Bar
from infra.bench.dataset import ADMIN
from infra.bench.fan_out import FixedCredential, fcm_server
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
QUERIES = 30
SCALE = 20  # the day is simulated for one person in 20 of a million

INSERT_PEOPLE: LiteralString = """
    INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, %(people)s);
"""
# `due` people have a notification due at noon, and everybody has two later ones.
INSERT_NOTIFICATIONS: LiteralString = """
    WITH numbered AS (SELECT id, row_number() OVER () AS i FROM auth.users)
    INSERT INTO public.notifications (user_id, id, kind, local_date, slot, local_time, due_at)
    SELECT id, gen_random_uuid(), 'check_in', day::date, '12:00', '12:00', day
    FROM numbered, generate_series(%(noon)s::timestamptz, %(noon)s + interval '2 days', '1 day') AS day
    WHERE day > %(noon)s OR i %% (%(people)s / %(due)s) = 0
"""
INSERT_DEVICES: LiteralString = "INSERT INTO public.devices SELECT id::text, id, 'web' FROM auth.users"
NUMBER_DEVICES: LiteralString = """
    UPDATE public.devices AS d SET token = 'token-' || n.number
    FROM (SELECT token, row_number() OVER () AS number FROM public.devices) AS n WHERE n.token = d.token
"""
# Half of the check-in reminders are in the evening, the others spread over the day.
INSERT_SETTINGS: LiteralString = """
    WITH numbered AS (SELECT id, row_number() OVER () AS i FROM auth.users), profiles AS (
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
# Spreads the daily scheduling over the day, as for people who signed up at different times.
SPREAD_ROLLS: LiteralString = """
    UPDATE public.notification_settings
    SET schedule_next_at = %(noon)s + abs(hashtext(user_id::text)) %% 288 * interval '5 minutes'
"""


def measure_due_query(server: Server) -> list[Bar]:
    figures = {people: _measure_tick(server, people) for people in (FEW, MANY)}
    queries_ms = {people: statistics.median(times) * 1000 for people, (times, _) in figures.items()}
    ticks = {people: seconds for people, (_, seconds) in figures.items()}
    query_note = f"{queries_ms[MANY]:.1f} ms against {queries_ms[FEW]:.1f} ms, {DUE} due"
    tick_note = f"{ticks[MANY]:.2f} s against {ticks[FEW]:.2f} s"
    query_growth, tick_growth = queries_ms[MANY] / queries_ms[FEW], ticks[MANY] / ticks[FEW]
    return [
        Bar("query of due reminders, 1,000,000 people over 10,000", query_growth, None, 2, query_note),
        Bar("a tick that sends to 1,000 people, likewise", tick_growth, None, 2, tick_note),
    ]


def measure_pushes(server: Server) -> list[Bar]:
    """A tick that sends by FCM, from the query of the due reminders to the last outcome stored."""
    with _database(server, FEW) as (admin, services), fcm_server() as url:
        admin.execute(NUMBER_DEVICES)
        admin.execute(INSERT_NOTIFICATIONS, {"noon": NOON, "people": FEW, "due": FEW})
        admin.execute("VACUUM ANALYZE")
        channel = FcmPush("bench", FixedCredential(), api=url)

        async def run() -> float:
            seconds = await _seconds(lambda: Sender(services, channel, EmbeddedMail(services.database)).send_due(NOON))
            await services.database.close()
            return seconds

        seconds = uvloop.run(run())
        states = admin.execute("SELECT state, count(*) FROM public.notifications WHERE due_at = %s GROUP BY 1", (NOON,))
        note = ", ".join(f"{count} {state}" for state, count in states)
    return [Bar("a tick of 10,000 reminders, FCM answering in 50 ms", FEW / seconds, 600, None, note, "/s")]


def measure_day(server: Server) -> list[Bar]:
    people = 1_000_000 // SCALE
    with _database(server, people) as (admin, services):
        admin.execute(INSERT_SETTINGS, {"noon": NOON})
        seconds = uvloop.run(_run_day(services, admin))
        query = "SELECT count(*), count(DISTINCT token) FROM local.pushes"
        messages, reached = admin.execute(query).fetchone() or (0, 0)
    note = f"{messages} messages to {reached} of {people} people in {sum(seconds):.0f} s"
    what = f"a day of 1,000,000 people: longest tick, measured 1:{SCALE}"
    return [Bar(what, max(seconds) * SCALE, None, 300, note, "s")]


def _measure_tick(server: Server, people: int) -> tuple[list[float], float]:
    """Seconds for each query of the first hundred due rows, and for the tick that sends all."""
    with _database(server, people) as (admin, services):
        admin.execute(INSERT_NOTIFICATIONS, {"noon": NOON, "people": people, "due": DUE})
        admin.execute("VACUUM ANALYZE")

        async def run() -> tuple[list[float], float]:
            queries_ms = [await _seconds(lambda: _query_due(services)) for _ in range(QUERIES)]
            seconds = await _seconds(lambda: reminder_job.run(tick("schedule.reminders", NOON)))
            await services.database.close()
            return queries_ms, seconds

        figures = uvloop.run(run())
        if admin.execute("SELECT count(*) FROM local.pushes").fetchone() != (DUE,):
            raise RuntimeError("a due message was not sent")
    return figures


@contextmanager
def _database(server: Server, people: int) -> Iterator[tuple[psycopg.Connection, Services]]:
    """A new database of people with one device each."""
    name = f"due_{people}"
    server.create_database(name)
    migrate(server.dsn(name))
    with psycopg.connect(server.dsn(name, ADMIN), autocommit=True) as admin:
        admin.execute(BUS.read_bytes())
        admin.execute("SET session_replication_role = replica")  # the inserted rows satisfy the foreign keys
        admin.execute(INSERT_PEOPLE, {"people": people})
        admin.execute(INSERT_DEVICES)
        services = Services(Settings(database_url=SecretStr(server.dsn(name, "mend_app"))))
        use(services)
        yield admin, services
    with psycopg.connect(server.dsn("postgres", ADMIN), autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def _run_day(services: Services, admin: psycopg.Connection) -> list[float]:
    """Schedule everybody's reminders, then run the ticks of a day. Returns the seconds of each."""
    await reminder_job.schedule_next_reminders(services.database, NOON)
    admin.execute(SPREAD_ROLLS, {"noon": NOON})
    admin.execute("VACUUM ANALYZE")
    seconds = []
    for number in range(1, TICKS + 1):
        moment = tick("schedule.reminders", NOON + number * TICK)
        seconds.append(await _seconds(partial(reminder_job.run, moment)))
    await services.database.close()
    return seconds


async def _query_due(services: Services) -> None:
    async with services.database.service() as conn:
        await queries.lock_due(conn, NOON, 100)


async def _seconds(work: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started
