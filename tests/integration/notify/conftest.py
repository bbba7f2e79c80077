from collections.abc import Iterator

import pytest

from infra.local.postgres import Server
from tests.conftest import Clone, cloned


@pytest.fixture(scope="session")
def database(server: Server) -> Iterator[Clone]:
    """One for all: everything here is somebody's own, and every test is somebody else's."""
    with cloned(server) as clone:
        yield clone
