"""The keeper process of a local Postgres: starts the server, and stops it when no process uses it any more."""

import fcntl
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import psycopg

from infra.errors import UserError
from infra.local.postgres import Server, running
from infra.signals import SignalPipe
from shared.file_lock import held, is_held

LOOK_SECONDS = 0.5
MAX_PAUSE_SECONDS = 4.0  # shorter than a process that ends waits for the server to stop
LOG = 2  # standard error goes to postgres.log
FAILURES = (UserError, OSError, psycopg.Error, subprocess.SubprocessError)


def keep(home: Path, signals: SignalPipe) -> None:
    """Start the server of `home`, go to the background once it answers, and stop it when no process uses it."""
    with held(home / "start.lock"), ExitStack() as resources:
        try:
            resources.enter_context(held(home / "keeper.lock", fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            return  # another keeper was faster; its server answers
        with signals.raised():
            Server(home).initialise()  # takes seconds at the first start
        server = resources.enter_context(running(home))
        server.create_database("mend")
        background = resources.pop_all()
    if os.fork():
        os._exit(0)  # the process that started this one waits for its end
    os.dup2(LOG, sys.stdout.fileno())
    with background:
        _watch(home, server, signals)


def _watch(home: Path, server: Server, signals: SignalPipe) -> NoReturn:
    """Restart the server after a crash. End with the server on a signal, or when no process uses it.

    What fails is tried again after growing pauses: on a full disk, everything may fail until there is room.
    """
    is_ending, pause = False, LOOK_SECONDS
    while True:
        is_ending |= bool(signals.wait(pause))
        try:
            with held(home / "start.lock"):
                if is_ending or not is_held(home / "users.lock"):
                    server.stop()
                    os._exit(0)  # the kernel releases the locks once this process is gone
                if not server.is_alive():
                    server.start()
            pause = LOOK_SECONDS
        except FAILURES:
            pause = min(2 * pause, MAX_PAUSE_SECONDS)


def main() -> None:
    signals = SignalPipe()
    home = Path(sys.argv[1])
    try:
        keep(home, signals)
    except UserError as error:
        sys.exit(_report(str(error), error.remedy))
    except FAILURES as error:
        sys.exit(_report(f"Postgres does not start: {str(error).partition(chr(10))[0]}", Server(home).advice))


def _report(problem: str, remedy: str) -> int:
    print(problem, remedy, sep="\n", flush=True)
    return 1


if __name__ == "__main__":
    main()
