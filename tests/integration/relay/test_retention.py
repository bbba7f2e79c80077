"""What is only kept for a while."""

from uuid import UUID

import pytest

from functions.relay.main import keep_house
from shared.clock import utc_now
from shared.events import Event
from shared.services import Services
from tests.conftest import Clone, sign_up

LIST = """
    INSERT INTO public.recommendations (user_id, id, items, created_at)
    VALUES (%(person)s, gen_random_uuid(), '[]', %(now)s - %(age)s::interval)
"""
MESSAGE = """
    INSERT INTO mend.outbox (id, type, user_id, occurred_at, data, published_at)
    VALUES (gen_random_uuid(), 'mood.recorded', %(person)s, %(now)s, '{}', %(now)s - %(age)s::interval)
"""
KEY = """
    INSERT INTO mend.idempotency_keys (user_id, key, fingerprint, status, media_type, body, created_at)
    VALUES (%(person)s, gen_random_uuid(), '', 200, 'application/json', '', %(now)s - %(age)s::interval)
"""


@pytest.fixture
def person(database: Clone) -> UUID:
    return sign_up(database)


@pytest.mark.parametrize(
    ("kept", "count", "old", "young"),
    [
        (LIST, "SELECT count(*) FROM public.recommendations", "181 days", "179 days"),
        (MESSAGE, "SELECT count(*) FROM mend.outbox", "8 days", "6 days"),
        (KEY, "SELECT count(*) FROM mend.idempotency_keys", "25 hours", "23 hours"),
    ],
    ids=["lists that were shown", "published events", "idempotency keys"],
)
async def test_each_night_what_is_too_old_goes(  # noqa: PLR0913, PLR0917 - a row of the table above
    services: Services, database: Clone, person: UUID, kept: str, count: str, old: str, young: str
) -> None:
    """As docs/operations.md says, and only that."""
    now = utc_now()
    with database.admin() as admin:
        for age in (old, young):
            admin.execute(kept, {"person": person, "age": age, "now": now})

    async with services.database.service() as conn:
        await keep_house(conn, Event(type="schedule.retention", occurred_at=now))

    assert database.value(count) == 1
