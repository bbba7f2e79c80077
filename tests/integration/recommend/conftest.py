from collections.abc import Iterator

import pytest

from infra.local.postgres import Server
from tests.conftest import Client, ClientFactory, Clone, cloned


@pytest.fixture(scope="session")
def database(server: Server) -> Iterator[Clone]:
    """One for all: what a test adds to the catalogue has words of its own."""
    with cloned(server) as clone:
        yield clone


@pytest.fixture
def me(client_for: ClientFactory) -> Client:
    """A person with the app open at `recommend`."""
    return client_for("recommend")


@pytest.fixture
def admin(client_for: ClientFactory) -> Client:
    return client_for("recommend", app_metadata={"role": "admin"})
