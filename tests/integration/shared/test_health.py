"""Health is cheap to ask for, however often that is done."""

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


async def test_health_is_asked_for_once_in_a_while(services: Services, unreachable: Database) -> None:
    """Within that time the first answer holds, and Postgres is left alone."""
    health = Health(cache_seconds=3600)

    assert await health.check(services.database)
    assert await health.check(unreachable)
    await unreachable.close()


async def test_health_is_asked_for_anew_after_that(services: Services, unreachable: Database) -> None:
    """An outage is seen as soon as an answer is out of date."""
    health = Health(cache_seconds=0)

    assert await health.check(services.database)
    assert not await health.check(unreachable)
    await unreachable.close()
