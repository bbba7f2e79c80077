"""The nightly job of insights is killed at random moments."""

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from shared.clock import utc_now
from shared.settings import PROJECT_ROOT
from tests.conftest import ClientFactory, Clone
from tests.faults.postgres_state import show
from tests.integration.insights.diary import Diary
from tests.integration.insights.nights import history

SCRIPT = Path(__file__).with_name("insights_that_die.py")
TRIALS = os.environ.get("TRIALS")  # noqa: TID251 - `make soak` sets it
SEED = int(os.environ.get("SEED", random.SystemRandom().getrandbits(32)))  # noqa: TID251 - of the random moments
PEOPLE = 24
LAST_DAY = "2027-01-31"  # the day before the tick of the script
RESULTS = """
    SELECT p.user_id, p.ledger ->> 'looks', p.due_at IS NULL,
           (SELECT count(*) FROM public.insights AS i WHERE i.user_id = p.user_id),
           (SELECT count(*) FROM mend.outbox AS o WHERE o.user_id = p.user_id AND o.type = 'insight.found')
    FROM mend.insight_people AS p
"""


async def test_a_killed_job_loses_and_doubles_nothing(client_for: ClientFactory, database: Clone) -> None:
    """However often it dies, each person is looked at once: the same insights, one look, one announcement."""
    for seed in range(PEOPLE):
        diary = Diary(client_for, database)
        diary.write(history(120, utc_now().date(), seed=seed))
        await diary.count()
    move_to_the_tick(database)
    trials = int(TRIALS or 6)

    command = [sys.executable, str(SCRIPT), database.dsn(), str(trials), str(SEED)]
    await asyncio.to_thread(subprocess.check_call, command, env={"PYTHONPATH": str(PROJECT_ROOT)})

    show(f"killed {trials} times with SEED={SEED}")
    results: list[tuple[UUID, str, bool, int, int]] = database.rows(RESULTS)
    assert len(results) == PEOPLE
    assert {row[1:] for row in results} == {("4", True, 4, 1)}


def move_to_the_tick(database: Clone) -> None:
    """Move the sums of all days so that the last one is the day before the tick, and make everyone due."""
    with database.admin() as conn:
        conn.execute("UPDATE mend.insight_days SET day = day + 100000")
        conn.execute(
            "UPDATE mend.insight_days AS d SET day = d.day - l.last + %s::date FROM"
            " (SELECT user_id, max(day) AS last FROM mend.insight_days GROUP BY user_id) AS l"
            " WHERE l.user_id = d.user_id",
            (LAST_DAY,),
        )
        conn.execute("UPDATE mend.insight_people SET due_at = '2027-01-01Z'")
