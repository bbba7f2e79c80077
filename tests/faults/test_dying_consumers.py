"""A consumer is killed in the middle of a message of several events."""

import asyncio
from uuid import UUID

import httpx
import pytest

from shared.clock import utc_now
from shared.events import push_message
from shared.events.types import mood_recorded
from tests.conftest import ClientFactory, Clone
from tests.faults.conftest import Intruder, Serve
from tests.faults.postgres_state import DRAFT, WAITING, let_wait
from tests.faults.serving import until

PEOPLE = 5
LOCK_LEARNING = "SELECT pg_advisory_xact_lock(mend.lock_key('uplift', %s::text))"
CLAIMS = "SELECT count(*) FROM mend.event_claims"
LEARNED = "SELECT user_id, entry_count FROM mend.person_learning ORDER BY user_id"


async def test_a_killed_consumer_has_handled_none_of_its_events_and_then_each_once(
    serve: Serve, client_for: ClientFactory, database: Clone, intruder: Intruder
) -> None:
    """Claims and effects of a message are committed together. It comes again, and nothing is lost or done twice."""
    let_wait(database)
    people = [client_for() for _ in range(PEOPLE)]
    for person in people:
        await person.post("/", json=DRAFT)
    last: UUID = max(person.person for person in people)
    message = push_message(*(mood_recorded(person.person, utc_now()) for person in people))
    function = serve("recommend_events")
    async with function.client() as pubsub:
        await intruder.execute(LOCK_LEARNING, (last,))
        push = asyncio.create_task(pubsub.post("/", json=message))
        await until(lambda: database.value(WAITING) == 1)
        function.worker.kill()
        with pytest.raises(httpx.TransportError):
            await push
        await intruder.rollback()
        await until(lambda: database.value(WAITING) == 0)
        assert (database.value(CLAIMS), database.rows(LEARNED)) == (0, [])
        await until(function.answers)

        answers = [(await pubsub.post("/", json=message)).status_code for _ in range(2)]

    assert answers == [200, 200]
    assert database.value(CLAIMS) == PEOPLE
    assert database.rows(LEARNED) == sorted((person.person, 1) for person in people)
