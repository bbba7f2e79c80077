"""A message of several events: one transaction for all, and each for itself where one of them fails."""

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from shared.clock import utc_now
from shared.db import Connection
from shared.events import Consumer, Event, Events, LongRunningConsumer, Unprocessable, push_message
from shared.events import consumer as consumers
from shared.events.envelope import MAX_EVENTS
from shared.events.types import mood_changed, mood_recorded
from shared.services import Services
from tests.conftest import ClockMover, Clone
from tests.event_delivery import status_of

EFFECTS = """
    CREATE TABLE public.effects (event_id uuid NOT NULL, user_id uuid NOT NULL);
    GRANT ALL ON public.effects TO mend_service;
"""
ERASED = """
    INSERT INTO mend.erasures (id, digest, reason, requested_at)
    VALUES (gen_random_uuid(), mend.person_digest(%s), 'requested', now())
"""
TRANSACTIONS = "SELECT count(DISTINCT xmin::text) FROM mend.event_claims"
LETTERS = "SELECT event_id, reason FROM mend.dead_letters ORDER BY reason"
PARKED = "this event can never be handled"
FAULTS: dict[str, Callable[[], Exception]] = {
    "a fault of ours": lambda: KeyError("poison"),
    "an outage": lambda: psycopg.OperationalError("poison"),
}


class Counting:
    """A consumer that notes each event in its transaction, and fails for some people."""

    def __init__(self) -> None:
        self.calls: list[Events] = []
        self.poison: dict[UUID, Exception] = {}
        self.consumer = Consumer("counting", {mood_recorded: self.handle, mood_changed: self.handle})

    async def handle(self, conn: Connection, events: Events) -> None:
        self.calls.append(events)
        for event in events:
            await conn.execute("INSERT INTO public.effects VALUES (%s, %s)", (event.id, event.person))
        if error := self.poison.get(events.person):
            raise error


@pytest.fixture
def counting(services: Services, database: Clone) -> Counting:
    assert services
    with database.admin() as admin:
        admin.execute(EFFECTS)
    return Counting()


def recorded(person: UUID | None = None) -> Event:
    return mood_recorded(person or uuid4(), utc_now())


def effects(database: Clone) -> list[UUID]:
    return [event_id for (event_id,) in database.rows("SELECT event_id FROM public.effects ORDER BY event_id")]


def holding(*parts: Any) -> dict[str, Any]:  # noqa: ANN401 - events, or what should be some
    """The body of a push whose message holds this list."""
    texts = [part.model_dump(mode="json") if isinstance(part, Event) else part for part in parts]
    return {"message": {"data": base64.b64encode(json.dumps(texts).encode()).decode(), "messageId": "1"}}


async def test_events_of_several_people_share_a_transaction(counting: Counting, database: Clone) -> None:
    """Claims and effects of all are committed at once, and a redelivery has no effect."""
    events = [recorded() for _ in range(5)]

    statuses = [await status_of(counting.consumer, push_message(*events)) for _ in range(2)]

    assert statuses == [200, 200]
    assert effects(database) == [event.id for event in events]
    assert database.value(TRANSACTIONS) == 1
    assert len(counting.calls) == 5


async def test_a_handler_gets_the_events_of_a_person_together(counting: Counting) -> None:
    """By type and in the order of their ids; people come in the same order in every process."""
    people = sorted((uuid4() for _ in range(3)), reverse=True)
    events = [recorded(person) for _ in range(2) for person in people]
    other = mood_changed(people[0], utc_now())

    await status_of(counting.consumer, push_message(*events, other))

    assert [(call.person, len(call), call[0].type) for call in counting.calls] == [
        (people[2], 2, "mood.recorded"),
        (people[1], 2, "mood.recorded"),
        (people[0], 1, "mood.changed"),
        (people[0], 2, "mood.recorded"),
    ]
    assert [event.id for event in counting.calls[0]] == sorted(event.id for event in counting.calls[0])


@pytest.mark.parametrize(("fault", "status"), [("a fault of ours", 500), ("an outage", 503)])
async def test_an_event_that_fails_repeats_and_loses_no_other(
    counting: Counting, database: Clone, fault: str, status: int
) -> None:
    """The others are handled by themselves. It comes again, and only it has an effect then."""
    events = [recorded() for _ in range(5)]
    counting.poison[events[2].person] = FAULTS[fault]()

    statuses = [await status_of(counting.consumer, push_message(*events)) for _ in range(3)]
    before = effects(database)
    counting.poison.clear()
    statuses.append(await status_of(counting.consumer, push_message(*events)))

    assert statuses == [status, status, status, 200]
    assert before == [event.id for event in events if event is not events[2]]
    assert effects(database) == [event.id for event in events]
    assert database.rows(LETTERS) == []


async def test_an_event_that_can_never_be_handled_is_parked_alone(counting: Counting, database: Clone) -> None:
    """Refused by a rule, of a strange type or from the future: the others are handled, and the message is done."""
    refused, good = recorded(), [recorded(), recorded()]
    counting.poison[refused.person] = Unprocessable()
    strange = Event(type="some.stranger", user_id=uuid4(), occurred_at=utc_now())
    future = mood_recorded(uuid4(), utc_now() + timedelta(hours=1))

    status = await status_of(counting.consumer, push_message(good[0], refused, strange, future, good[1]))

    assert status == 200
    assert effects(database) == [event.id for event in good]
    assert database.rows(LETTERS) == [
        (future.id, "its time is in the future"),
        (refused.id, PARKED),
        (strange.id, "this function does not handle events of this type"),
    ]


async def test_an_event_that_fails_for_a_day_is_parked_alone(
    counting: Counting, database: Clone, move_clock: ClockMover
) -> None:
    events = [recorded(), recorded()]
    counting.poison[events[0].person] = KeyError("poison")
    statuses = [await status_of(counting.consumer, push_message(*events))]
    move_clock(timedelta(days=1, seconds=1))
    statuses.append(await status_of(counting.consumer, push_message(*events)))

    assert statuses == [500, 200]
    assert database.rows(LETTERS) == [(events[0].id, "failed for a day, at last with KeyError")]
    assert effects(database) == [events[1].id]


async def test_what_cannot_be_read_is_parked_and_the_rest_is_handled(counting: Counting, database: Clone) -> None:
    """Each part for itself, as a message that can be replayed; the same part is stored once."""
    good = [recorded(), recorded()]
    message = holding(good[0], 7, [good[1].model_dump(mode="json")], {"type": "mood.recorded"}, good[1])

    statuses = [await status_of(counting.consumer, message) for _ in range(2)]

    assert statuses == [200, 200]
    assert effects(database) == [event.id for event in good]
    letters = database.rows("SELECT event_id, reason, envelope FROM mend.dead_letters")
    assert {(event_id, reason) for event_id, reason, _ in letters} == {(None, "the envelope cannot be read")}
    parts = [json.loads(base64.b64decode(envelope["message"]["data"])) for _, _, envelope in letters]
    assert sorted(map(str, parts)) == sorted(
        map(str, [7, [good[1].model_dump(mode="json")], {"type": "mood.recorded"}])
    )


@pytest.mark.parametrize("parts", [[], [1] * 10_000, [{}] * (MAX_EVENTS + 1)], ids=["none", "10,000", "one too many"])
async def test_a_list_that_no_relay_makes_is_parked_as_one(
    counting: Counting, database: Clone, parts: list[object]
) -> None:
    """Otherwise one request could fill the table."""
    assert await status_of(counting.consumer, holding(*parts)) == 200
    assert database.rows(LETTERS) == [(None, "the envelope cannot be read")]


async def test_an_event_that_is_in_a_message_twice_has_one_effect(counting: Counting, database: Clone) -> None:
    event = recorded()

    assert await status_of(counting.consumer, holding(event, event, recorded())) == 200
    assert effects(database).count(event.id) == 1
    assert database.value("SELECT count(*) FROM mend.event_claims") == 2


async def test_messages_that_overlap_have_each_effect_once(counting: Counting, database: Clone) -> None:
    """A relay that died may have published the same events in other groups. None of the messages waits for ever."""
    events = [recorded() for _ in range(12)]
    groups = [events[:8], events[4:], events[::2], events[::-1], events[1::2], events]

    statuses = await asyncio.gather(*(status_of(counting.consumer, push_message(*group)) for group in groups))

    assert set(statuses) == {200}
    assert effects(database) == [event.id for event in events]


async def test_events_of_people_who_were_erased_have_no_effect(counting: Counting, database: Clone) -> None:
    """Those of the others of the message have."""
    gone, here = recorded(), recorded()
    with database.admin() as admin:
        admin.execute(ERASED, (gone.person,))

    assert await status_of(counting.consumer, push_message(gone, here)) == 200
    assert effects(database) == [here.id]


async def test_long_work_is_done_one_by_one_for_a_while(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the time is up, the rest of the message comes again; what was done is not done again."""
    assert services
    done: list[UUID] = []

    async def work(event: Event) -> None:
        done.append(event.id)

    consumer, events = LongRunningConsumer("working", {mood_recorded: work}), [recorded() for _ in range(3)]
    with monkeypatch.context() as patched:
        patched.setattr(consumers, "LONG_RUN_SECONDS", 0.0)
        hasty = await status_of(consumer, push_message(*events))

    assert (hasty, done) == (503, [events[0].id])
    assert await status_of(consumer, push_message(*events)) == 200
    assert done == [event.id for event in events]
