"""The health check caches its result for a second."""

import asyncio

import pytest
from pydantic import SecretStr

from shared.db import Database
from shared.http.health import Health
from shared.services import Services
from shared.settings import Settings


@pytest.fixture
def unreachable(settings: Settings) -> Database:
    nowhere = SecretStr("host=127.0.0.1 port=1 dbname=nowhere")
    return Database(settings.model_copy(update={"database_url": nowhere}))


async def test_the_result_is_cached(services: Services, unreachable: Database) -> None:
    """Within a second, checks return the cached result without a query."""
    times = iter([0.0, 0.0, 0.9])
    health = Health(lambda: next(times))

    assert await health.check(services.database)
    assert await health.check(unreachable)
    await unreachable.close()


async def test_an_expired_result_is_not_used(services: Services, unreachable: Database) -> None:
    """After a second, the next check queries Postgres and sees an outage."""
    times = iter([0.0, 0.0, 1.0, 1.0])
    health = Health(lambda: next(times))

    assert await health.check(services.database)
    assert not await health.check(unreachable)
    await unreachable.close()


async def test_concurrent_checks_share_one_query(services: Services, unreachable: Database) -> None:
    """Those that come while Postgres is queried wait for that result."""
    health = Health(lambda: 0.0)

    first = asyncio.create_task(health.check(services.database))
    others = [asyncio.create_task(health.check(unreachable)) for _ in range(16)]

    assert await first
    assert await asyncio.gather(*others) == [True] * 16
    await unreachable.close()
