"""The job is killed before it has begun to send, while the provider is told, or before it could note the answer."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from functions.notify.rules.decisions import State
from shared.settings import PROJECT_ROOT
from tests.conftest import ADMIN, Clone, clock_setting
from tests.faults.postgres_state import show

SCRIPT = Path(__file__).with_name("reminders_that_die.py")
TRIALS = int(os.environ.get("TRIALS", "3"))  # noqa: TID251 - of each kind; `make soak` sets it


@pytest.mark.parametrize(
    ("killed", "told", "state"),
    [
        ("begin", True, ("sent", None)),  # nothing had been decided: the next tick tells
        ("send", False, ("unknown", "lease")),  # nobody can know that the provider was not told
        ("settle", True, ("unknown", "lease")),
    ],
)
async def test_a_killed_job_tells_nobody_twice(
    database: Clone, killed: str, *, told: bool, state: tuple[State, str | None]
) -> None:
    """Whatever the moment: at most one message, and an honest record of what is known of it."""
    command = [sys.executable, str(SCRIPT), database.dsn(), database.dsn(ADMIN), killed, str(TRIALS)]
    await asyncio.to_thread(subprocess.check_call, command, env={"PYTHONPATH": str(PROJECT_ROOT), **clock_setting()})

    people = [row[0] for row in database.rows("SELECT id::text FROM public.notifications")]
    pushes = Counter(row[0] for row in database.rows("SELECT token FROM local.pushes"))
    states = Counter(database.rows("SELECT state, why FROM public.notifications"))
    show(f"killed at {killed} {TRIALS} times: {pushes.total()} pushes, {dict(states)}")
    assert len(people) == TRIALS
    assert pushes == (Counter(people) if told else Counter())
    assert states == {state: TRIALS}
