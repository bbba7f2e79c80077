"""When a host that keeps failing is left alone, and when it is called again."""

from shared.outbound.breaker import FAILURES, OPEN_SECONDS, Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        breaker.record(failed=True)
    return breaker


def test_it_opens_after_failures_in_a_row() -> None:
    """One success starts the count again."""
    breaker = Breaker(Clock())
    for failed in [True] * (FAILURES - 1) + [False] + [True] * (FAILURES - 1):
        breaker.record(failed=failed)
    closed = breaker.admits()

    breaker.record(failed=True)

    assert (closed, breaker.admits()) == (True, False)


def test_an_open_breaker_admits_one_probe_at_a_time() -> None:
    """A probe that is cancelled does not block the next one."""
    clock = Clock()
    breaker = opened(clock)

    clock.now += OPEN_SECONDS
    first = [breaker.admits(), breaker.admits()]
    clock.now += OPEN_SECONDS
    second = [breaker.admits(), breaker.admits()]

    assert first == second == [True, False]


def test_a_successful_probe_closes_it() -> None:
    """From then on every request is admitted."""
    clock = Clock()
    breaker = opened(clock)
    clock.now += OPEN_SECONDS

    probed = breaker.admits()
    breaker.record(failed=False)

    assert probed
    assert [breaker.admits() for _ in range(3)] == [True] * 3


def test_a_failed_probe_keeps_it_open() -> None:
    """It stays open for `OPEN_SECONDS` again."""
    clock = Clock()
    breaker = opened(clock)
    clock.now += OPEN_SECONDS

    probed = breaker.admits()
    breaker.record(failed=True)
    clock.now += OPEN_SECONDS - 0.1

    assert probed
    assert not breaker.admits()
