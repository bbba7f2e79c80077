"""Firestore, for tests that need it: the official emulator, or one that is away."""

import socket
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest

from shared.services import Services, use
from shared.settings import Settings
from tests.servers import firestore_emulator


@pytest.fixture
def emulator() -> Iterator[str]:
    with firestore_emulator() as address:
        yield address


@pytest.fixture
def refusing() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
async def firestore(services: Services, settings: Settings) -> AsyncIterator[Services]:
    """The same services, with live documents in Firestore."""
    parts = Services(settings.model_copy(update={"firestore_project": f"test-{uuid4().hex}"}))
    use(parts)
    yield parts
    use(services)
    await parts.database.close()
