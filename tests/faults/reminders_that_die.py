"""A job that is killed at its worst moment, again and again: in a process without threads, so that it may fork.

python reminders_that_die.py DSN ADMIN_DSN begin|send|settle TRIALS
"""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
from pydantic import SecretStr

from functions.notify.job.reminder_job import remind
from shared.events import tick
from shared.services import Services, use
from shared.settings import Settings

NOON = datetime(2027, 2, 1, 12, tzinfo=UTC)
GATES = {"begin": 1, "send": 2, "settle": 3}
# Each step waits at a gate that the parent holds shut: there the job is killed.
TRIGGERS = """
    CREATE FUNCTION public.pass() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::bigint); RETURN NEW; END $$;
    CREATE TRIGGER begin BEFORE UPDATE ON public.notifications
        FOR EACH ROW WHEN (NEW.state = 'sending') EXECUTE FUNCTION public.pass(1);
    CREATE TRIGGER send BEFORE INSERT ON local.pushes FOR EACH ROW EXECUTE FUNCTION public.pass(2);
    CREATE TRIGGER settle BEFORE UPDATE ON public.notifications
        FOR EACH ROW WHEN (OLD.state = 'sending' AND NEW.state <> 'unknown') EXECUTE FUNCTION public.pass(3);
"""
SOMEBODY = """
    WITH somebody AS (INSERT INTO auth.users (id) VALUES (%(id)s)), device AS (
        INSERT INTO public.devices (token, user_id, platform) VALUES (%(id)s::uuid::text, %(id)s, 'web')
    )
    INSERT INTO public.notifications (user_id, id, kind, local_date, slot, local_time, due_at)
    VALUES (%(id)s, %(id)s, 'plan', '2027-02-01', '', '12:00', '2027-02-01T12:00Z')
"""
WAITING = "FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"
LOOK = f"SELECT count(*), pg_sleep(0.005) {WAITING}"
# Otherwise it would go on once the gate opens: the COMMIT after it has been sent already.
TERMINATE = f"SELECT pg_terminate_backend(pid) {WAITING}"
LEASES_END = "UPDATE public.notifications SET leased_until = '2000-01-01' WHERE state = 'sending'"


async def work(dsn: str) -> None:
    parts = Services(Settings(database_url=SecretStr(dsn)))
    use(parts)
    await remind(tick("schedule.reminders", NOON))
    await parts.database.close()


def forked(dsn: str) -> int:
    child = os.fork()
    if child == 0:
        asyncio.run(work(dsn))
        os._exit(0)
    return child


def die(admin: psycopg.Connection, dsn: str, gate: int) -> None:
    admin.execute("SELECT pg_advisory_lock(%s)", (gate,))
    child = forked(dsn)
    while (admin.execute(LOOK).fetchone() or (0,))[0] == 0:
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    admin.execute(TERMINATE)
    while (admin.execute(LOOK).fetchone() or (0,))[0]:
        pass
    admin.execute("SELECT pg_advisory_unlock(%s)", (gate,))


def live(dsn: str) -> None:
    assert os.waitstatus_to_exitcode(os.waitpid(forked(dsn), 0)[1]) == 0


def main(dsn: str, admin_dsn: str, step: str, trials: int) -> None:
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute(TRIGGERS)
        for _ in range(trials):
            admin.execute(SOMEBODY, {"id": uuid4()})
            die(admin, dsn, GATES[step])
        live(dsn)
        admin.execute(LEASES_END)
        live(dsn)
        live(dsn)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
