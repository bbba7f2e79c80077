"""Ends `mend run` by a signal, at many moments of its start and soon after it."""

import itertools
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from threading import Event
from typing import NamedTuple

from infra.registry import ROOT
from infra.soak.local_stack import COMMAND, processes_of

# Ignores both signals, as a process that a shell starts in the background does, and then execs the command.
IGNORE = (
    "import os, signal, sys; [signal.signal(n, signal.SIG_IGN) for n in (2, 15)]; os.execv(sys.argv[1], sys.argv[1:])"
)
SIGNALS = (signal.SIGINT, signal.SIGTERM)
MOMENTS = 50
SPAN_SECONDS = 6.0
LIMIT_SECONDS = 10


class Ending(NamedTuple):
    """How a process that got a signal ended."""

    seconds: float
    code: int | None  # None: it did not end
    errors: str
    left: list[str]

    @property
    def faults(self) -> list[str]:
        faults = [f"left {each}" for each in self.left]
        if self.code is None or self.seconds > LIMIT_SECONDS:
            faults.append("did not end in time")
        if self.code:
            faults.append(f"ended with {self.code}")
        if self.errors != "Stopping…\n":
            faults.append(f"printed {self.errors[-300:]!r}")
        return faults


def interrupt(home: Path, after: float, number: signal.Signals, *, ignored: bool, times: int = 1) -> Ending:
    """Start `mend run` with data in `home` and send a signal `after` seconds from its first line on."""
    command = [sys.executable, "-c", IGNORE, *COMMAND, "run"] if ignored else [*COMMAND, "run"]
    environ = {"PATH": "/usr/bin:/bin", "MEND_HOME": str(home), "PORT": "0"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        _wait_until_it_handles(process.pid)
        Event().wait(after)
        sent_at = time.monotonic()
        for _ in range(times):
            process.send_signal(number)
            Event().wait(0.2 if times > 1 else 0)
        try:
            _, errors = process.communicate(timeout=2 * LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return Ending(time.monotonic() - sent_at, None, "", [])
    return Ending(time.monotonic() - sent_at, process.returncode, errors, _left_behind(home))


def run() -> bool:
    """50 moments, both signals, ignored at the start or not. Prints figures; returns whether every trial passed."""
    moments = [SPAN_SECONDS * index / (MOMENTS - 1) for index in range(MOMENTS)]
    faults: Counter[str] = Counter()
    slowest = 0.0
    trials = list(itertools.product(moments, SIGNALS, (False, True)))
    for moment, number, ignored in trials:
        with tempfile.TemporaryDirectory(prefix="mend-soak-") as folder:
            ending = interrupt(Path(folder), moment, number, ignored=ignored)
        slowest = max(slowest, ending.seconds)
        for fault in ending.faults:
            print(f"      {number.name} after {moment:.2f} s, {ignored=}: {fault}", flush=True)
        faults.update(ending.faults[:1])
    passed = len(trials) - faults.total()
    verdict = "FAIL" if faults else "ok  "
    print(f"{verdict}  signals: {passed} of {len(trials)} starts ended well, the slowest in {slowest:.1f} s")
    return not faults


def _wait_until_it_handles(pid: int) -> None:
    """Wait until the first line of `infra.cli` has run. The kernel says which signals a process catches."""
    status = Path(f"/proc/{pid}/status")
    while True:
        caught = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt:"))
        if int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        Event().wait(0.005)


def _left_behind(home: Path) -> list[str]:
    """Processes that name the folder, and sockets in it."""
    names = [process.info["name"] for process in processes_of(home)]
    return names + [path.name for path in home.rglob("*") if path.is_socket()]
