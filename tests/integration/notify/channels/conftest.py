"""A provider for each test, and limits with short pauses and deadlines."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from functions.notify.channels.ports import Mail, Push
from infra.local.postgres import Server
from shared.clock import utc_now
from shared.outbound.breaker import breakers
from shared.outbound.messages import Limits
from tests.conftest import Clone, cloned
from tests.integration.notify.channels.provider_server import Provider, serving

QUICK = Limits(concurrency=64, seconds=20, request_seconds=10, tries=4, first_pause=0.02)
HASTY = Limits(concurrency=4, seconds=0.5, request_seconds=0.2, tries=2, first_pause=0.02)


@pytest.fixture
def database(server: Server) -> Iterator[Clone]:
    """A database for each test: the tables of the local channels have no owner that would separate tests."""
    with cloned(server) as clone:
        yield clone


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    breakers.clear()  # a port may be used again by another test
    async with serving() as started:
        yield started


def a_push(number: int = 1, minutes: float = 90) -> Push:
    expires_at = utc_now() + timedelta(minutes=minutes)
    return Push(
        f"token-{number}", f"key-{number}", "How are you?", "Two taps are enough.", "mend://check-in", expires_at
    )


def a_mail(number: int = 1, unsubscribe: str | None = "https://mend.example/notify/unsubscribe/x") -> Mail:
    return Mail(f"p{number}@example.org", f"key-{number}", "Your week", "It is ready.", "<p>Ready</p>", unsubscribe)
