"""SIGINT and SIGTERM as bytes in a pipe. They end a `wait`, and interrupt no other code."""

import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

stop_requests: list[Callable[[], None]] = []  # called when a signal has come


class SignalPipe:
    """Handles both signals of this process, even if it inherited them as ignored. Create it in the main thread."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._handle(lambda *_: None)

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Raise SystemExit for a signal within or before this block. For work that may be interrupted anywhere."""
        self._handle(lambda *_: sys.exit(1))
        try:
            if self.wait(0):
                sys.exit(1)
            yield
        finally:
            self._handle(lambda *_: None)

    def _handle(self, handler: Callable[[int, FrameType | None], None]) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, handler)

    def wake(self) -> None:
        """End a `wait` without a signal. Any thread may call it."""
        os.write(self._writer, b"\0")

    def wait(self, seconds: float | None = None) -> int:
        """Wait for a signal and return its number, or 0 after a timeout or a `wake`."""
        readable, _, _ = select.select([self._reader], [], [], seconds)
        return os.read(self._reader, 1)[0] if readable else 0
