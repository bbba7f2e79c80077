"""Fixtures of fault tests: functions in their own processes, functions called by events, and a rival session."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from uuid import UUID

import psycopg
import pytest

from infra.local.apps import load_apps
from infra.local.event_delivery import FunctionClient
from infra.registry import registry
from shared.services import Services
from shared.settings import Settings
from tests.conftest import ADMIN, Clone, Issuer, sign_up
from tests.faults.serving import Served, served

Serve = Callable[..., Served]
SignIn = Callable[[], tuple[UUID, str]]
Intruder = psycopg.AsyncConnection


@pytest.fixture
def serve(settings: Settings) -> Iterator[Serve]:
    """Serves a function by the command line, with changed settings."""
    with ExitStack() as running:
        yield lambda target, **changes: running.enter_context(served(target, settings.model_copy(update=changes)))


@pytest.fixture
def sign_in(database: Clone, issuer: Issuer) -> SignIn:
    """A new person, and their token."""

    def new() -> tuple[UUID, str]:
        person = sign_up(database)
        return person, issuer.token(person)

    return new


@pytest.fixture
async def functions(services: Services) -> AsyncIterator[FunctionClient]:
    """Every function, called by events as in the cloud."""
    async with FunctionClient(load_apps(registry(), registry().functions)) as loaded:
        yield loaded


@pytest.fixture
async def intruder(database: Clone) -> AsyncIterator[Intruder]:
    """A session whose transaction holds locks that requests need."""
    async with await Intruder.connect(database.dsn(ADMIN)) as conn:
        await conn.execute("SET deadlock_timeout = '1min'")  # in a deadlock, the other session is the victim
        yield conn
        await conn.rollback()
