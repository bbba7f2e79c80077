"""The keeper of a local Postgres: it starts the server, and stops it when nobody uses it any more."""

import fcntl
import os
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NoReturn

import psycopg

from infra.errors import UserError
from infra.local.postgres import Server, running
from infra.signals import SignalPipe
from shared.file_lock import held, is_held

LOOK_SECONDS = 0.5
LOG = 2  # standard error leads to postgres.log


def keep(home: Path, signals: SignalPipe) -> None:
    """Start the server of `home`, go to the background once it answers, and stop it when nobody uses it."""
    with held(home / "start.lock"), ExitStack() as resources:
        try:
            resources.enter_context(held(home / "keeper.lock", fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            return  # another keeper was faster, and its server answers
        with signals.raised():
            Server(home).initialise()  # takes seconds, once
        server = resources.enter_context(running(home))
        server.create_database("mend")
        kept = resources.pop_all()
    if os.fork():
        os._exit(0)  # whoever asked for the server waits for this process to end
    os.dup2(LOG, sys.stdout.fileno())
    with kept:
        _watch(home, server, signals)


def _watch(home: Path, server: Server, signals: SignalPipe) -> NoReturn:
    """Start the server again whenever it crashed; end this process once it is told to, or nobody uses the server."""
    while True:
        told_to_stop = signals.wait(LOOK_SECONDS)
        with held(home / "start.lock"):
            if told_to_stop or not is_held(home / "users.lock"):
                server.stop()
                os._exit(0)  # the locks stay held until the process is gone: whoever waits for them waits for it
            if not server.is_alive():
                with suppress(UserError, OSError):  # a full disk, for instance: Postgres logs it, and we try again
                    server.start()


def main() -> None:
    signals = SignalPipe()
    home = Path(sys.argv[1])
    try:
        keep(home, signals)
    except UserError as error:
        sys.exit(_report(str(error), error.remedy))
    except (OSError, psycopg.Error, subprocess.SubprocessError) as error:
        sys.exit(_report(f"Postgres does not start: {str(error).partition(chr(10))[0]}", Server(home).advice))


def _report(problem: str, remedy: str) -> int:
    print(problem, remedy, sep="\n", flush=True)
    return 1


if __name__ == "__main__":
    main()
