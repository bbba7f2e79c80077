"""A circuit breaker: stops requests to a host that keeps failing."""

import time
from collections import defaultdict
from collections.abc import Callable

FAILURES = 10  # in a row
OPEN_SECONDS = 10.0


class Breaker:
    """Opens after `FAILURES` in a row, and is closed by the first success.

    While it is open it admits one request per `OPEN_SECONDS`, as a probe. A probe that is cancelled blocks nothing:
    the next one is admitted when the time has passed again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._probe_at = 0.0

    def admits(self) -> bool:
        if self._failures < FAILURES:
            return True
        if self._clock() < self._probe_at:
            return False
        self._probe_at = self._clock() + OPEN_SECONDS
        return True

    def record(self, *, failed: bool) -> None:
        self._failures = self._failures + 1 if failed else 0
        if failed:
            self._probe_at = self._clock() + OPEN_SECONDS


breakers: defaultdict[str, Breaker] = defaultdict(Breaker)  # by origin: all runs of this process share them
