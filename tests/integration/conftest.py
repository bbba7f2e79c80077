"""What functions call: Firestore by its official emulator, one that is away, and a mail provider that is away."""

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias
from uuid import uuid4

import pytest

from functions.companion import provider
from functions.notify.channels import selection
from shared.outbound.breaker import FAILURES, Breaker, breakers
from shared.services import Services, use
from shared.settings import Settings
from tests.servers import firestore_emulator

MailAway: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture(autouse=True)
def _unknown_hosts() -> None:
    """Forget the hosts of earlier tests, because a server of this test may have the same port."""
    breakers.clear()
    for made in (*vars(provider).values(), *vars(selection).values()):
        if hasattr(made, "cache_clear"):
            made.cache_clear()


@pytest.fixture
def mail_away(services: Services, monkeypatch: pytest.MonkeyPatch) -> MailAway:
    """While it is entered, the only mail provider has failed so often that nothing is sent to it."""
    opened = Breaker(clock=lambda: 0.0)
    for _ in range(FAILURES):
        opened.record(failed=True)
    monkeypatch.setitem(breakers, "https://api.resend.com", opened)

    @asynccontextmanager
    async def away() -> AsyncIterator[None]:
        environ = {"RESEND_KEY": "re_wrong", "MAIL_FROM": "Mend <hello@example.org>", "LINK_SECRET": "x" * 32}
        parts = Services(services.settings.model_copy(update={"environ": environ}))
        use(parts)
        yield
        use(services)
        await parts.database.close()

    return away


@pytest.fixture
def emulator() -> Iterator[str]:
    with firestore_emulator() as address:
        yield address


@pytest.fixture
def refusing() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


async def close_with_firestore(parts: Services) -> None:
    """Close the channel, too: a call that ends after its event loop makes a later test fail."""
    if client := vars(parts.live).get("_client"):
        await client._firestore_api.transport.close()  # noqa: SLF001 - there is no other way to it
    await parts.database.close()


@pytest.fixture
async def firestore(services: Services, settings: Settings) -> AsyncIterator[Services]:
    """The same services, with live documents in Firestore."""
    parts = Services(settings.model_copy(update={"firestore_project": f"test-{uuid4().hex}"}))
    use(parts)
    yield parts
    use(services)
    await close_with_firestore(parts)
