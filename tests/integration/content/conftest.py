"""A provider's server."""

from collections.abc import Iterator

import pytest

from shared.outbound.breaker import breakers
from tests.integration.content.server import Provider, running_provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    breakers.clear()  # a breaker of another test may have the same port
    with running_provider() as server:
        yield server
