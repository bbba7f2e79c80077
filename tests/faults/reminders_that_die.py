"""Kills the reminder job at one of its steps, or at random moments, TRIALS times. It forks: a process without threads.

python reminders_that_die.py DSN ADMIN_DSN lease|hand_over|send|store TRIALS
python reminders_that_die.py DSN ADMIN_DSN FCM_URL TRIALS SEED
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from threading import Event
from uuid import uuid4

import psycopg
from pydantic import SecretStr

from functions.notify.channels.fcm import FcmPush
from functions.notify.channels.local import EmbeddedMail
from functions.notify.job import reminder_job
from functions.notify.job.sender import Sender
from infra.bench.fan_out import FixedCredential
from shared.events import tick
from shared.services import Services, use
from shared.settings import Settings

NOON = datetime(2027, 2, 1, 12, tzinfo=UTC)
PEOPLE = 1_000  # with a reminder at each random moment
LOCKS = {"lease": 1, "hand_over": 2, "send": 3, "store": 4}
# Each step waits for an advisory lock that the parent holds. The job is killed while it waits.
TRIGGERS = """
    CREATE FUNCTION public.wait_for_lock() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::bigint); RETURN NEW; END $$;
    CREATE TRIGGER lease BEFORE UPDATE ON public.notifications
        FOR EACH ROW WHEN (NEW.state = 'leased') EXECUTE FUNCTION public.wait_for_lock(1);
    CREATE TRIGGER hand_over BEFORE UPDATE ON public.notifications
        FOR EACH ROW WHEN (NEW.state = 'sending') EXECUTE FUNCTION public.wait_for_lock(2);
    CREATE TRIGGER send BEFORE INSERT ON local.pushes FOR EACH ROW EXECUTE FUNCTION public.wait_for_lock(3);
    CREATE TRIGGER store BEFORE UPDATE ON public.notifications
        FOR EACH ROW WHEN (OLD.state = 'sending' AND NEW.state <> 'unknown') EXECUTE FUNCTION public.wait_for_lock(4);
"""
INSERT_NOTIFICATION = """
    WITH person AS (INSERT INTO auth.users (id) VALUES (%(id)s)), device AS (
        INSERT INTO public.devices (token, user_id, platform) VALUES (%(token)s, %(id)s, 'web')
    )
    INSERT INTO public.notifications (user_id, id, kind, local_date, slot, local_time, due_at)
    VALUES (%(id)s, %(id)s, 'plan', '2027-02-01', '', '12:00', '2027-02-01T12:00Z')
"""
WAITING_BACKENDS = "FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"
COUNT_WAITING = f"SELECT count(*), pg_sleep(0.005) {WAITING_BACKENDS}"
COUNT_CONNECTED = (
    "SELECT count(*), pg_sleep(0.005) FROM pg_stat_activity WHERE application_name = 'mend'"
    " AND datname = current_database()"
)
# Otherwise the backend would commit after the unlock, because it has received the COMMIT already.
TERMINATE_WAITING = f"SELECT pg_terminate_backend(pid) {WAITING_BACKENDS}"
EXPIRE_LEASES = "UPDATE public.notifications SET leased_until = '2000-01-01' WHERE leased_until IS NOT NULL"

Job = Callable[[], Coroutine[None, None, None]]


async def run_job(dsn: str, fcm: str | None = None) -> None:
    parts = Services(Settings(database_url=SecretStr(dsn)))
    use(parts)
    if fcm:
        push = FcmPush("mend-test", FixedCredential(), api=fcm)
        await Sender(parts, push, EmbeddedMail(parts.database)).send_due(NOON)
    else:
        await reminder_job.run(tick("schedule.reminders", NOON))
    await parts.database.close()


def fork(job: Job) -> int:
    child = os.fork()
    if child == 0:
        asyncio.run(job())
        os._exit(0)
    return child


def finish(job: Job) -> None:
    assert os.waitstatus_to_exitcode(os.waitpid(fork(job), 0)[1]) == 0


def kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def wait_for_none(admin: psycopg.Connection, count: str) -> None:
    while (admin.execute(count.encode()).fetchone() or (0,))[0]:
        pass


def kill_at_step(admin: psycopg.Connection, job: Job, lock: int) -> None:
    admin.execute("SELECT pg_advisory_lock(%s)", (lock,))
    child = fork(job)
    while (admin.execute(COUNT_WAITING).fetchone() or (0,))[0] == 0:
        pass
    kill(child)
    admin.execute(TERMINATE_WAITING)
    wait_for_none(admin, COUNT_WAITING)
    admin.execute("SELECT pg_advisory_unlock(%s)", (lock,))


def kill_at_steps(admin: psycopg.Connection, job: Job, step: str, trials: int) -> None:
    admin.execute(TRIGGERS)
    for _ in range(trials):
        person = uuid4()
        admin.execute(INSERT_NOTIFICATION, {"id": person, "token": str(person)})
        kill_at_step(admin, job, LOCKS[step])
    finish(job)
    admin.execute(EXPIRE_LEASES)
    finish(job)
    finish(job)


def kill_at_random_moments(admin: psycopg.Connection, job: Job, fcm: str, trials: int, seed: int) -> None:
    """After each kill the leases expire, and the next tick must do the rest. A first tick is timed and not killed."""
    chance = random.Random(seed)  # noqa: S311 - not for security
    insert_notifications(admin, 0)
    began = time.monotonic()
    finish(job)
    seconds = time.monotonic() - began
    for trial in range(1, trials + 1):
        insert_notifications(admin, trial)
        child = fork(job)
        Event().wait(chance.uniform(0, seconds))
        kill(child)
        wait_for_none(admin, COUNT_CONNECTED)
        wait_for_fcm(fcm)
        admin.execute(EXPIRE_LEASES)
        finish(job)


def insert_notifications(admin: psycopg.Connection, trial: int) -> None:
    """The numbers of the tokens are ones that the stand-in for FCM accepts at once."""
    rows = [{"id": uuid4(), "token": f"{trial}-{100 * number + 4}"} for number in range(PEOPLE)]
    with admin.transaction(), admin.cursor() as cursor:
        cursor.executemany(INSERT_NOTIFICATION, rows)


def wait_for_fcm(url: str) -> None:
    """Wait until it has read what the killed job sent, and has no other connection than ours."""
    while True:
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - loopback
            if json.load(answer)["connections"] == 1:
                return
        Event().wait(0.005)


def main(dsn: str, admin_dsn: str, step: str, trials: str, seed: str = "0") -> None:
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        if step in LOCKS:
            kill_at_steps(admin, partial(run_job, dsn), step, int(trials))
        else:
            kill_at_random_moments(admin, partial(run_job, dsn, step), step, int(trials), int(seed))


if __name__ == "__main__":
    main(*sys.argv[1:])
