"""Events that arrive twice, at the same time, malformed, or that always fail."""

import asyncio
import base64
import json
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from infra import event_redelivery
from infra.local.event_delivery import FunctionClient
from infra.registry import registry
from shared.clock import utc_now
from shared.events import Event, push_message
from shared.events.types import mood_recorded
from shared.services import Services
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.faults.postgres_state import DRAFT

EVENTS = 200
CONSUMER = "checkin_events"
AT_ONCE = registry().functions[CONSUMER].concurrency

# A fault of ours: whatever the consumer does for one person fails.
FAULT = """
    CREATE FUNCTION public.fault() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RAISE EXCEPTION ''a fault''; END';
    CREATE TRIGGER fault BEFORE INSERT ON mend.live_documents_due
        FOR EACH ROW WHEN (NEW.user_id = 'UNLUCKY') EXECUTE FUNCTION public.fault();
"""

# Counts the writes of the consumer: a correct document may have been written more than once.
COUNT_EFFECTS = """
    CREATE TABLE public.effects (at timestamptz DEFAULT clock_timestamp());
    CREATE FUNCTION public.count_effect() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        AS 'BEGIN INSERT INTO public.effects DEFAULT VALUES; RETURN NULL; END';
    CREATE TRIGGER count_effect AFTER INSERT OR UPDATE ON public.live_documents
        FOR EACH ROW EXECUTE FUNCTION public.count_effect();
"""


async def delivered(functions: FunctionClient, events: Iterable[Event]) -> Counter[UUID]:
    """Deliver until each is acknowledged, as Pub/Sub does. Returns, for each event id, the number of attempts."""
    attempts: Counter[UUID] = Counter()
    turns = asyncio.Semaphore(AT_ONCE)

    async def deliver(event: Event) -> None:
        acknowledged = False
        while not acknowledged:
            async with turns:
                attempts[event.id] += 1
                acknowledged = await functions.deliver(CONSUMER, str(event.id), push_message(event))

    await asyncio.gather(*(deliver(event) for event in events))
    return attempts


def about(person: Client) -> Event:
    return mood_recorded(person.person, utc_now())


async def test_an_event_that_arrives_many_times_at_once_has_one_effect(
    functions: FunctionClient, me: Client, database: Clone
) -> None:
    """Each of sixteen copies is acknowledged or refused for now; the change is made once."""
    await me.post("/", json=DRAFT)
    with database.admin() as admin:
        admin.execute(COUNT_EFFECTS)
    event = about(me)

    acknowledged = await asyncio.gather(
        *(functions.deliver(CONSUMER, str(event.id), push_message(event)) for _ in range(16))
    )

    assert any(acknowledged)
    assert database.value("SELECT count(*) FROM public.effects") == 1
    assert database.value("SELECT count(*) FROM mend.event_claims WHERE event_id = %s", event.id) == 1
    assert database.value("SELECT count(*) FROM mend.dead_letters") == 0


async def test_different_events_at_once_are_all_handled_at_the_first_attempt(
    functions: FunctionClient, client_for: ClientFactory, services: Services
) -> None:
    """More deliveries than connections do not starve each other."""
    people = [client_for() for _ in range(4 * services.settings.pool_size)]
    await asyncio.gather(*(person.post("/", json=DRAFT) for person in people))

    acknowledged = await asyncio.gather(
        *(functions.deliver(CONSUMER, str(event.id), push_message(event)) for event in map(about, people))
    )

    assert acknowledged == [True] * len(people)


async def test_an_event_that_fails_for_a_day_is_parked_and_holds_up_no_other(
    functions: FunctionClient, client_for: ClientFactory, database: Clone, services: Services, move_clock: ClockMover
) -> None:
    """One event of two hundred always fails. It is parked with its reason, and replayed once the cause is gone."""
    people = [client_for() for _ in range(20)]
    await asyncio.gather(*(person.post("/", json=DRAFT) for person in people))
    unlucky = client_for()
    await unlucky.post("/", json=DRAFT)
    with database.admin() as admin:
        admin.execute(FAULT.replace("UNLUCKY", str(unlucky.person)).encode())
    poison = about(unlucky)
    events = [about(people[number % len(people)]) for number in range(EVENTS - 1)]

    async def fail() -> bool:
        return await functions.deliver(CONSUMER, str(poison.id), push_message(poison))

    assert [await fail() for _ in range(9)] == [False] * 9
    attempts = await delivered(functions, events)
    move_clock(timedelta(days=1, seconds=1))
    assert await fail()

    assert {attempts[event.id] for event in events} == {1}
    assert database.value("SELECT count(*) FROM mend.event_claims WHERE consumer = %s", CONSUMER) == EVENTS
    ((letter, reason, counted),) = database.rows("SELECT event_id, reason, attempts FROM mend.dead_letters")
    assert (letter, counted) == (poison.id, 10)
    assert "RaiseException" in reason

    with database.admin() as admin:
        admin.execute("DROP TRIGGER fault ON mend.live_documents_due")
    (waiting,) = await event_redelivery.load_dead_letters(services.database, None)
    outcome = await event_redelivery.replay(services.database, functions, waiting)

    assert outcome.succeeded
    assert await event_redelivery.load_dead_letters(services.database, None) == []
    assert database.value("SELECT count(*) FROM public.live_documents WHERE user_id = %s", unlucky.person) == 1


def _carrying(body: str) -> dict[str, Any]:
    return {"message": {"data": base64.b64encode(body.encode()).decode(), "publishTime": utc_now().isoformat()}}


UNREADABLE: dict[str, Any] = {
    "nothing": None,
    "a list": [],
    "a text": "mood.recorded",
    "no message": {"subscription": "local/mood-recorded"},
    "no data": {"message": {}},
    "not base64": {"message": {"data": "!"}},
    "not JSON": _carrying("{"),
    "JSON but a list": _carrying("[]"),
    "a nesting bomb": _carrying("[" * 100_000),
    "no time": _carrying(json.dumps({"type": "mood.recorded"})),
    "an odd type": _carrying(json.dumps({"type": "DROP TABLE", "occurred_at": utc_now().isoformat()})),
    "a tick without its time": {"message": {"data": base64.b64encode(b'{"type": "schedule.relay"}').decode()}},
    "a NUL character": {"message": {"data": "\x00"}},
}


@pytest.mark.parametrize("envelope", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_what_cannot_be_read_is_parked_at_once(
    functions: FunctionClient, database: Clone, envelope: object
) -> None:
    """It is acknowledged, since a redelivery cannot help, and parked for an operator."""
    assert await functions.deliver(CONSUMER, "1", envelope)

    rows = database.rows("SELECT event_id, reason, attempts FROM mend.dead_letters")
    assert rows == [(None, "the envelope cannot be read", 1)]
