"""The reminder job is killed at each of its steps, and at random moments."""

import asyncio
import json
import os
import random
import subprocess
import sys
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from functions.notify.rules.decisions import NotificationState
from infra.bench.fan_out import fcm_server
from shared.settings import PROJECT_ROOT
from tests.conftest import ADMIN, Clone, clock_setting
from tests.faults.postgres_state import show

SCRIPT = Path(__file__).with_name("reminders_that_die.py")
TRIALS = os.environ.get("TRIALS")  # noqa: TID251 - of each test; `make soak` sets it
SEED = int(os.environ.get("SEED", random.SystemRandom().getrandbits(32)))  # noqa: TID251 - of the random moments


async def run_script(database: Clone, *arguments: object) -> None:
    command = [sys.executable, str(SCRIPT), database.dsn(), database.dsn(ADMIN), *map(str, arguments)]
    await asyncio.to_thread(subprocess.check_call, command, env={"PYTHONPATH": str(PROJECT_ROOT), **clock_setting()})


@pytest.mark.parametrize(
    ("killed_at", "is_sent", "state"),
    [
        ("lease", True, ("sent", None)),  # no decision was stored, so the next tick sends
        ("hand_over", True, ("sent", None)),  # no provider was called
        ("send", False, ("unknown", "lease_expired")),  # not sent, but the job cannot know that
        ("store", True, ("unknown", "lease_expired")),
    ],
)
async def test_a_killed_job_sends_at_most_once(
    database: Clone, killed_at: str, *, is_sent: bool, state: tuple[NotificationState, str | None]
) -> None:
    """At every step, a notification is pushed at most once and its state says what is known."""
    trials = int(TRIALS or 3)

    await run_script(database, killed_at, trials)

    people = [row[0] for row in database.rows("SELECT id::text FROM public.notifications")]
    pushes = Counter(row[0] for row in database.rows("SELECT token FROM local.pushes"))
    states = Counter(database.rows("SELECT state, state_reason FROM public.notifications"))
    show(f"killed at {killed_at} {trials} times: {pushes.total()} pushes, {dict(states)}")
    assert len(people) == trials
    assert pushes == (Counter(people) if is_sent else Counter())
    assert states == {state: trials}


async def test_a_job_killed_at_a_random_moment(database: Clone) -> None:
    """Only pushes for which FCM was called are `unknown`, the next tick sends the others, and none is sent twice."""
    trials = int(TRIALS or 5)
    show(f"SEED={SEED}")

    with fcm_server() as fcm:
        await run_script(database, fcm, trials, SEED)
        counts, tokens = (read_json(url) for url in (fcm, f"{fcm}/tokens"))

    rows = database.rows(
        "SELECT d.token, n.state FROM public.notifications AS n JOIN public.devices AS d USING (user_id)"
    )
    states = dict(rows)
    received, answered = Counter(tokens["received"]), set(tokens["answered"])
    unknown = {token for token, state in states.items() if state == "unknown"}
    without_body = unknown - set(received)
    show(
        f"killed at {trials} random moments of a tick of 1,000: {received.total()} pushes of {len(states)},"
        f" at most {max(received.values())} of one, {len(unknown)} unknown. Of these FCM had"
        f" {len(unknown & set(received) - answered)} in hand, had answered {len(unknown & answered)},"
        f" and had only the head of {len(without_body)}"
    )
    assert len(states) == 1_000 * (trials + 1)
    assert set(states.values()) <= {"sent", "unknown"}
    assert received.keys() | unknown == states.keys()
    assert set(received.values()) == {1}
    assert len(without_body) <= counts["without_body"]


def read_json(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - loopback
        document: dict[str, Any] = json.load(answer)
    return document
