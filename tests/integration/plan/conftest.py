from collections.abc import Iterator
from datetime import timedelta

import pytest

from infra.local.postgres import Server
from shared.clock import utc_now
from tests.conftest import Client, ClientFactory, ClockMover, Clone, cloned


@pytest.fixture(scope="session")
def database(server: Server) -> Iterator[Clone]:
    """One database for all tests: each test has a person of its own."""
    with cloned(server) as clone:
        yield clone


@pytest.fixture(autouse=True)
def _early_morning(move_clock: ClockMover) -> None:
    """It is 00:30 UTC today, so that no time of the day has passed when a plan begins."""
    now = utc_now()
    move_clock(now.replace(hour=0, minute=30, second=0) - now - timedelta(microseconds=now.microsecond))


@pytest.fixture
def me(client_for: ClientFactory) -> Client:
    """A person with the app open at `plan`."""
    return client_for("plan")
