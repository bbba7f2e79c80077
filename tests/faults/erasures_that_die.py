"""Kills erasures at each of their steps, or each of them at a random moment. It forks: a process without threads.

python erasures_that_die.py DSN HOME ADMIN_DSN RECEIPT
python erasures_that_die.py DSN HOME SEED RECEIPT...
"""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path
from threading import Event
from uuid import UUID

import psycopg
from pydantic import SecretStr

from functions.account.erasure import steps
from shared.services import Services, use
from shared.settings import Settings
from tests.integration.erasure.payments import KEY

# After each step, and once all are done, the erasure waits for an advisory lock that the parent holds.
TRIGGER = """
    CREATE FUNCTION public.wait_for_lock() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(hashtext(
            CASE WHEN NEW.erased_at IS DISTINCT FROM OLD.erased_at THEN 'finish' ELSE NEW.step END
        ));
        RETURN NEW;
    END $$;
    CREATE TRIGGER wait_for_lock BEFORE UPDATE ON mend.erasures FOR EACH ROW EXECUTE FUNCTION public.wait_for_lock();
"""
WAITING = "FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"
COUNT_WAITING = f"SELECT count(*), pg_sleep(0.005) {WAITING}"
# Otherwise the backend would commit after the unlock, because it has received the COMMIT already.
TERMINATE_WAITING = f"SELECT pg_terminate_backend(pid, 10000) {WAITING}"


async def erase(dsn: str, home: str, receipt: str) -> None:
    stripe = {"stripe_key": SecretStr(KEY), "stripe_url": os.environ["STRIPE_URL"]}  # noqa: TID251 - from the test
    parts = Services(Settings(database_url=SecretStr(dsn), mend_home=Path(home), **stripe))
    use(parts)
    await steps.complete(parts, UUID(receipt))
    await parts.database.close()


def fork(dsn: str, home: str, receipt: str) -> int:
    child = os.fork()
    if child == 0:
        asyncio.run(erase(dsn, home, receipt))
        os._exit(0)
    return child


def kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def kill_at_each_step(dsn: str, home: str, admin_dsn: str, receipt: str) -> None:
    """Kill the erasure after the effect of each step, before that is recorded."""
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute(TRIGGER)
        for step in (*steps.STEPS, "finish"):
            admin.execute("SELECT pg_advisory_lock(hashtext(%s))", (step,))
            child = fork(dsn, home, receipt)
            while not admin.execute(COUNT_WAITING.encode()).fetchone()[0]:  # type: ignore[index]
                assert os.waitpid(child, os.WNOHANG) == (0, 0), f"ended before {step}"
            kill(child)
            admin.execute(TERMINATE_WAITING.encode())
            admin.execute("SELECT pg_advisory_unlock(hashtext(%s))", (step,))


def kill_at_random_moments(dsn: str, home: str, seed: str, *receipts: str) -> None:
    """Kill each erasure soon after its start."""
    chance = random.Random(int(seed))  # noqa: S311 - not for security
    for receipt in receipts:
        child = fork(dsn, home, receipt)
        Event().wait(chance.uniform(0.01, 0.25))
        kill(child)


def main(dsn: str, home: str, how: str, *receipts: str) -> None:
    """Kill erasures, then let each of them finish."""
    (kill_at_random_moments if how.isdecimal() else kill_at_each_step)(dsn, home, how, *receipts)
    for receipt in receipts:
        assert os.waitstatus_to_exitcode(os.waitpid(fork(dsn, home, receipt), 0)[1]) == 0


if __name__ == "__main__":
    main(*sys.argv[1:])
