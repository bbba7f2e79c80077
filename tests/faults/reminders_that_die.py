"""Kills the reminder job at one of three steps, TRIALS times. It forks, so it is a process without threads.

python reminders_that_die.py DSN ADMIN_DSN lease|send|store TRIALS
"""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
from pydantic import SecretStr

from functions.notify.job import reminder_job
from shared.events import tick
from shared.services import Services, use
from shared.settings import Settings

NOON = datetime(2027, 2, 1, 12, tzinfo=UTC)
LOCKS = {"lease": 1, "send": 2, "store": 3}
# Each step waits for an advisory lock that the parent holds. The job is killed while it waits.
TRIGGERS = """
    CREATE FUNCTION public.wait_for_lock() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::bigint); RETURN NEW; END $$;
    CREATE TRIGGER lease BEFORE UPDATE ON public.notifications
        FOR EACH ROW WHEN (NEW.state = 'sending') EXECUTE FUNCTION public.wait_for_lock(1);
    CREATE TRIGGER send BEFORE INSERT ON local.pushes FOR EACH ROW EXECUTE FUNCTION public.wait_for_lock(2);
    CREATE TRIGGER store BEFORE UPDATE ON public.notifications
        FOR EACH ROW WHEN (OLD.state = 'sending' AND NEW.state <> 'unknown') EXECUTE FUNCTION public.wait_for_lock(3);
"""
INSERT_NOTIFICATION = """
    WITH person AS (INSERT INTO auth.users (id) VALUES (%(id)s)), device AS (
        INSERT INTO public.devices (token, user_id, platform) VALUES (%(id)s::uuid::text, %(id)s, 'web')
    )
    INSERT INTO public.notifications (user_id, id, kind, local_date, slot, local_time, due_at)
    VALUES (%(id)s, %(id)s, 'plan', '2027-02-01', '', '12:00', '2027-02-01T12:00Z')
"""
WAITING_BACKENDS = "FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"
COUNT_WAITING = f"SELECT count(*), pg_sleep(0.005) {WAITING_BACKENDS}"
# Otherwise the backend would commit after the unlock, because it has received the COMMIT already.
TERMINATE_WAITING = f"SELECT pg_terminate_backend(pid) {WAITING_BACKENDS}"
EXPIRE_LEASES = "UPDATE public.notifications SET leased_until = '2000-01-01' WHERE state = 'sending'"


async def run_job(dsn: str) -> None:
    parts = Services(Settings(database_url=SecretStr(dsn)))
    use(parts)
    await reminder_job.run(tick("schedule.reminders", NOON))
    await parts.database.close()


def fork_job(dsn: str) -> int:
    child = os.fork()
    if child == 0:
        asyncio.run(run_job(dsn))
        os._exit(0)
    return child


def kill_job(admin: psycopg.Connection, dsn: str, lock: int) -> None:
    admin.execute("SELECT pg_advisory_lock(%s)", (lock,))
    child = fork_job(dsn)
    while (admin.execute(COUNT_WAITING).fetchone() or (0,))[0] == 0:
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    admin.execute(TERMINATE_WAITING)
    while (admin.execute(COUNT_WAITING).fetchone() or (0,))[0]:
        pass
    admin.execute("SELECT pg_advisory_unlock(%s)", (lock,))


def finish_job(dsn: str) -> None:
    assert os.waitstatus_to_exitcode(os.waitpid(fork_job(dsn), 0)[1]) == 0


def main(dsn: str, admin_dsn: str, step: str, trials: int) -> None:
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute(TRIGGERS)
        for _ in range(trials):
            admin.execute(INSERT_NOTIFICATION, {"id": uuid4()})
            kill_job(admin, dsn, LOCKS[step])
        finish_job(dsn)
        admin.execute(EXPIRE_LEASES)
        finish_job(dsn)
        finish_job(dsn)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
