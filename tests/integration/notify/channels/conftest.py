"""A provider for each test, and channels that are in a hurry."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from functions.notify.channels.ports import Mail, Push
from functions.notify.channels.posting import Patience
from infra.local.postgres import Server
from shared.clock import utc_now
from tests.conftest import Clone, cloned
from tests.integration.notify.channels.serving import Provider, serving

QUICK = Patience(at_once=64, seconds=60, request_seconds=60, tries=4, first_pause=0.02)
HASTY = Patience(at_once=4, seconds=0.5, request_seconds=0.2, tries=2, first_pause=0.02)


@pytest.fixture
def database(server: Server) -> Iterator[Clone]:
    """A test's own: what is kept there is nobody's, so that one test would see what another has sent."""
    with cloned(server) as clone:
        yield clone


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with serving() as started:
        yield started


def a_push(number: int = 1, minutes: float = 90) -> Push:
    until = utc_now() + timedelta(minutes=minutes)
    return Push(f"token-{number}", f"key-{number}", "How are you?", "Two taps are enough.", "mend://check-in", until)


def a_mail(number: int = 1, unsubscribe: str | None = "https://mend.example/notify/unsubscribe/x") -> Mail:
    return Mail(f"p{number}@example.org", f"key-{number}", "Your week", "It is ready.", "<p>Ready</p>", unsubscribe)
