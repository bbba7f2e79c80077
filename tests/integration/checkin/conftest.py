from collections.abc import Iterator

import pytest

from infra.local.postgres import Server
from tests.conftest import Clone, cloned


@pytest.fixture(scope="session")
def database(server: Server) -> Iterator[Clone]:
    """One database for all tests: each test uses people of its own."""
    with cloned(server) as clone:
        yield clone
