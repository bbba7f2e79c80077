"""A tick of a schedule, on its way to the functions that listen."""

from datetime import UTC, datetime

from infra.local.database import open_bus
from infra.local.schedules import publish_ticks
from infra.registry import Subscription
from shared.events import tick
from shared.services import Services
from tests.conftest import ADMIN, Clone

MINUTE = datetime(2026, 11, 21, 3, 20, tzinfo=UTC)


async def test_two_stacks_on_one_database_fire_once(services: Services, database: Clone) -> None:
    """Both make the same event, and each listener gets it once."""
    open_bus(
        database.dsn(ADMIN),
        [Subscription("schedule-nightly", "retention"), Subscription("schedule-nightly", "relay_sweep")],
    )

    await publish_ticks(services.database, MINUTE, ["nightly"])
    await publish_ticks(services.database, MINUTE, ["nightly"])

    rows = database.rows("SELECT event_id, function FROM local.deliveries ORDER BY function")
    assert rows == [(tick("schedule.nightly", MINUTE).id, name) for name in ("relay_sweep", "retention")]
