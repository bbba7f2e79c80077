"""An instance may stand still between two requests, for seconds or for hours, and lose its connections meanwhile."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

from shared.db import IDLE_SECONDS
from shared.services import Services
from tests.conftest import Clone
from tests.faults.conftest import Serve, SignIn
from tests.faults.looks import DISCONNECT, DRAFT

REQUESTS = 20


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("GET", "/streak"), ("GET", "/moods")])
async def test_a_thawed_instance_answers_every_request(
    serve: Serve, database: Clone, sign_in: SignIn, method: str, path: str
) -> None:
    """After a freeze in which Postgres closed every connection, no request fails."""
    function = serve("checkin")
    _, token = sign_in()
    body = DRAFT if method == "POST" else None
    async with function.client(token) as app:
        await asyncio.gather(*(app.request(method, path, json=body) for _ in range(8)))
        function.worker.suspend()
        assert len(database.rows(DISCONNECT)) > 0
        function.worker.resume()

        answers = [await app.request(method, path, json=body) for _ in range(REQUESTS)]

    assert {answer.is_success for answer in answers} == {True}


async def test_after_a_long_rest_connections_are_checked_before_use(
    services: Services, database: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the clock on the wall, since the monotonic one stands still with the instance. No statement is risked."""
    await _lose_every_connection(services, database)
    awake = time.time() + IDLE_SECONDS + 1  # noqa: TID251 - what shared/db.py reads
    monkeypatch.setattr(time, "time", lambda: awake)

    async with services.database.service() as conn:
        (answer,) = await (await conn.execute("SELECT 'alive'")).fetchone() or (None,)

    assert answer == "alive"


async def test_requests_that_wake_an_instance_together_all_succeed(
    services: Services, database: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of them checks the connections; the others wait for that, and risk no statement either."""
    await _lose_every_connection(services, database)
    awake = time.time() + IDLE_SECONDS + 1  # noqa: TID251 - what shared/db.py reads
    monkeypatch.setattr(time, "time", lambda: awake)

    await asyncio.gather(*(services.database.ping() for _ in range(32)))


async def _lose_every_connection(services: Services, database: Clone) -> None:
    async with AsyncExitStack() as held:
        for _ in range(services.settings.pool_size):
            await held.enter_async_context(services.database.service())
    assert len(database.rows(DISCONNECT)) == services.settings.pool_size
