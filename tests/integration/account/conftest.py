from collections.abc import Iterator

import pytest

from infra.local.postgres import Server
from tests.conftest import Clone, cloned


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[Clone]:
    """One for each module. Its tests use people of their own; those of others have rows that no job could read."""
    with cloned(server) as clone:
        yield clone
