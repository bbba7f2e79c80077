"""`make soak`: repeats trials hundreds of times that the test suite makes a few times (docs/testing.md)."""

import os
import subprocess
import sys
from typing import NamedTuple

from infra.registry import ROOT
from infra.soak import signals, traffic

DYING_REMINDERS = "tests/faults/test_dying_reminders.py"


class Trial(NamedTuple):
    """A test and its number of trials, which it reads from the variable TRIALS. With -s it prints figures and seeds."""

    name: str
    test: str
    times: int


TRIALS = (
    Trial("the relay dies around a publication", "tests/faults/test_dying_relay.py", 500),
    Trial(
        "the reminder job dies at each of its steps", f"{DYING_REMINDERS}::test_a_killed_job_sends_at_most_once", 100
    ),
    Trial("forged events", "tests/hostile/test_event_senders.py::test_forged_events_change_nothing", 10_000),
    Trial("erasures die at random moments", "tests/faults/test_dying_erasures.py", 50),
    Trial(
        "the process of a reply dies at random moments",
        "tests/faults/test_dying_replies.py::test_replies_whose_process_is_killed_at_a_random_moment",
        200,
    ),
    Trial("the reminder job dies at random moments", f"{DYING_REMINDERS}::test_a_job_killed_at_a_random_moment", 200),
)


def passes(trial: Trial) -> bool:
    print(f"{trial.name}, {trial.times} times", flush=True)
    command = [sys.executable, "-m", "pytest", "-n0", "-s", "--timeout=0", trial.test]
    environ = {**os.environ, "TRIALS": str(trial.times)}  # noqa: TID251 - a soak test is no function
    return subprocess.call(command, cwd=ROOT, env=environ) == 0


def main() -> None:
    failed = [trial.name for trial in TRIALS if not passes(trial)]
    if not signals.run():
        failed.append("a start or a running stack is interrupted")
    if not traffic.run():
        failed.append("people use a stack that faults happen to")
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
