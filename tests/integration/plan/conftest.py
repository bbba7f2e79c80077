from collections.abc import Iterator

import pytest

from infra.local.postgres import Server
from tests.conftest import Client, ClientFactory, Clone, cloned


@pytest.fixture(scope="session")
def database(server: Server) -> Iterator[Clone]:
    """One database for all tests: each test has a person of its own."""
    with cloned(server) as clone:
        yield clone


@pytest.fixture
def me(client_for: ClientFactory) -> Client:
    """A person with the app open at `plan`."""
    return client_for("plan")
