"""The health check caches its result."""

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
    """Within that time, checks return the cached result without a query."""
    health = Health(cache_seconds=3600)

    assert await health.check(services.database)
    assert await health.check(unreachable)
    await unreachable.close()


async def test_an_expired_result_is_not_used(services: Services, unreachable: Database) -> None:
    """After that time, the next check queries Postgres and sees an outage."""
    health = Health(cache_seconds=0)

    assert await health.check(services.database)
    assert not await health.check(unreachable)
    await unreachable.close()
