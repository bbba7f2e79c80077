"""Transactions that block each other: what a retry can solve is retried, and nothing hangs."""

import asyncio

from tests.conftest import ADMIN, Client, ClientFactory, Clone
from tests.faults.conftest import Intruder
from tests.faults.postgres_state import DRAFT, LOCK_COUNTS, WAITING
from tests.faults.serving import until


def make_default(database: Clone, setting: str, value: str) -> None:
    with database.admin() as admin:
        admin.execute(f"ALTER DATABASE {database.name} SET {setting} = '{value}'".encode())


async def test_a_deadlock_does_not_reach_the_caller(database: Clone, me: Client, intruder: Intruder) -> None:
    """The victim's transaction runs again, takes effect once and is counted once."""
    make_default(database, "deadlock_timeout", "500ms")
    await me.post("/", json=DRAFT)
    await intruder.execute(LOCK_COUNTS, (me.person,))
    request = asyncio.create_task(me.post("/", json=DRAFT))  # has the advisory lock, and waits for the row
    await until(lambda: database.value(WAITING) == 1)
    await intruder.execute("SELECT pg_advisory_xact_lock(mend.lock_key('streak', %s))", (str(me.person),))
    await intruder.commit()

    answer = await request

    assert answer.status_code == 201
    assert database.value("SELECT count(*) FROM public.mood_entries") == 2
    assert database.value("SELECT hits FROM mend.rate_limits") == 2


async def test_a_serialisation_failure_does_not_reach_the_caller(
    database: Clone, me: Client, intruder: Intruder
) -> None:
    """If a row has changed since the transaction began, the transaction runs again."""
    make_default(database, "default_transaction_isolation", "repeatable read")
    await me.post("/", json=DRAFT)
    await intruder.execute("UPDATE mend.entry_counts SET made = 40 WHERE user_id = %s", (me.person,))
    request = asyncio.create_task(me.post("/", json=DRAFT))
    await until(lambda: database.value(WAITING) == 1)
    await intruder.commit()

    answer = await request

    assert answer.status_code == 201
    assert database.value("SELECT made FROM mend.entry_counts") == 41
    assert database.value("SELECT count(*) FROM public.mood_entries") == 2


async def test_a_lock_that_is_held_too_long_is_waited_for_but_not_for_ever(
    database: Clone, client_for: ClientFactory, intruder: Intruder
) -> None:
    """A lock that is soon released costs only time; one that stays gives a 503."""
    soon, never = client_for(), client_for()
    await asyncio.gather(soon.post("/", json=DRAFT), never.post("/", json=DRAFT))
    await intruder.execute(LOCK_COUNTS, (never.person,))
    async with await Intruder.connect(database.dsn(ADMIN)) as brief, asyncio.TaskGroup() as requests:
        await brief.execute(LOCK_COUNTS, (soon.person,))
        served = requests.create_task(soon.post("/", json=DRAFT))
        refused = requests.create_task(never.post("/", json=DRAFT))
        await until(lambda: database.value(WAITING) == 2)
        await brief.commit()

    assert served.result().status_code == 201
    assert refused.result().status_code == 503
    assert int(refused.result().headers["Retry-After"]) > 0
    assert database.value("SELECT count(*) FROM public.mood_entries WHERE user_id = %s", never.person) == 1
