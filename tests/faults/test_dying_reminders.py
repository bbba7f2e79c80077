"""The reminder job is killed before it commits its leases, while it sends, or before it stores the outcomes."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from functions.notify.rules.decisions import NotificationState
from shared.settings import PROJECT_ROOT
from tests.conftest import ADMIN, Clone, clock_setting
from tests.faults.postgres_state import show

SCRIPT = Path(__file__).with_name("reminders_that_die.py")
TRIALS = int(os.environ.get("TRIALS", "3"))  # noqa: TID251 - of each kind; `make soak` sets it


@pytest.mark.parametrize(
    ("killed_at", "is_sent", "state"),
    [
        ("lease", True, ("sent", None)),  # no decision was stored, so the next tick sends
        ("send", False, ("unknown", "lease_expired")),  # not sent, but the job cannot know that
        ("store", True, ("unknown", "lease_expired")),
    ],
)
async def test_a_killed_job_sends_at_most_once(
    database: Clone, killed_at: str, *, is_sent: bool, state: tuple[NotificationState, str | None]
) -> None:
    """At every step, a notification is pushed at most once and its state says what is known."""
    command = [sys.executable, str(SCRIPT), database.dsn(), database.dsn(ADMIN), killed_at, str(TRIALS)]
    await asyncio.to_thread(subprocess.check_call, command, env={"PYTHONPATH": str(PROJECT_ROOT), **clock_setting()})

    people = [row[0] for row in database.rows("SELECT id::text FROM public.notifications")]
    pushes = Counter(row[0] for row in database.rows("SELECT token FROM local.pushes"))
    states = Counter(database.rows("SELECT state, state_reason FROM public.notifications"))
    show(f"killed at {killed_at} {TRIALS} times: {pushes.total()} pushes, {dict(states)}")
    assert len(people) == TRIALS
    assert pushes == (Counter(people) if is_sent else Counter())
    assert states == {state: TRIALS}
