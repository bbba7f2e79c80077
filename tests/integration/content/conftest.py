"""A provider's server."""

from collections.abc import Iterator

import pytest

from tests.integration.content.server import Provider, running_provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as server:
        yield server
