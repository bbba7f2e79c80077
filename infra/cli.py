"""The entry point of `mend`. It handles signals from its first line on, and imports everything else later.

The command runs in a thread, and the main thread waits for a signal. So no signal interrupts a step of the command.
"""

import os
import signal
import sys
import time
from contextlib import suppress
from threading import Thread
from typing import NoReturn

from infra.local import embedded
from infra.signals import SignalPipe, stop_requests

STOP_SECONDS = 9.5
DRAIN_SECONDS = 5


class _Command(Thread):
    """Runs the command line, and keeps the exception that ended it."""

    def __init__(self, signals: SignalPipe) -> None:
        super().__init__(daemon=True)
        self.ending: BaseException = SystemExit(1)
        self._signals = signals

    def run(self) -> None:
        try:
            from infra import command_line

            command_line.run(sys.argv[1:])
        except BaseException as ending:  # noqa: BLE001 - the main thread raises it
            self.ending = ending
        finally:
            self._signals.wake()


def main() -> NoReturn:
    signals = SignalPipe()
    command = _Command(signals)
    command.start()
    if number := signals.wait():
        _stop(command, number)
    command.join()
    raise command.ending


def _stop(command: _Command, number: int) -> NoReturn:
    """End within ten seconds, and leave no process running. Further signals have no effect."""
    deadline = time.monotonic() + STOP_SECONDS
    with suppress(OSError):  # the terminal may be gone
        print("Stopping…", file=sys.stderr, flush=True)
    for request in stop_requests:
        request()
    if stop_requests:
        command.join(DRAIN_SECONDS)
    embedded.leave(deadline - time.monotonic())
    # Not `sys.exit`: the command may still run, and must not do so while Python shuts down.
    os._exit(0 if sys.argv[1:2] == ["run"] else 128 + signal.Signals(number))
