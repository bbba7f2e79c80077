"""A Postgres that takes requests and does not answer: nobody waits for it for long, least of all who is in danger."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import Clone
from tests.faults.conftest import Serve, SignIn
from tests.faults.postgres_state import DRAFT

PIDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'mend_app'"
DANGER = {"mood": "sad", "intensity": 9, "note": "I want to kill myself"}


@contextmanager
def stopped(database: Clone) -> Iterator[None]:
    """The processes of Postgres that serve the function do not run."""
    with database.admin() as admin:
        pids = [pid for (pid,) in admin.execute(PIDS).fetchall()]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def test_words_of_danger_are_answered_while_postgres_hangs(
    serve: Serve, sign_in: SignIn, database: Clone
) -> None:
    """The statement that hangs is given up, and its connection replaced. psycopg alone would wait for seven seconds."""
    person, token = sign_in()
    async with serve("checkin", request_seconds=600, pool_size=1).client(token) as app:
        assert (await app.post("/", json=DRAFT)).status_code == 201
        with stopped(database):
            answer = await app.post("/", json=DANGER, timeout=5)

    assert answer.status_code == 201
    assert answer.json()["support"]["grade"] == "explicit"
    assert database.value("SELECT count(*) FROM public.mood_entries WHERE user_id = %s", person) == 2
