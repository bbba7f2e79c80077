"""Which events share a message: those that wait at once, of one type and with the same attributes."""

from uuid import UUID, uuid4

from functions.relay.messages import MESSAGE_BYTES, MESSAGE_EVENTS, in_messages
from shared.clock import utc_now
from shared.events import Event
from shared.events.consumer import MAX_BYTES
from shared.events.envelope import message_data
from shared.events.types import ALONE, insights_requested
from shared.ids import new_id

NOW = utc_now()
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def recorded(person: UUID | None = None, trace: str | None = None, **data: str) -> Event:
    return Event(type="mood.recorded", user_id=person or uuid4(), occurred_at=NOW, data={**data}, traceparent=trace)


def test_an_event_that_waits_alone_is_a_message_as_it_always_was() -> None:
    """A consumer of an older revision can read it."""
    event = recorded()

    [message] = in_messages([event])

    assert message_data(message) == event.model_dump_json().encode()


def test_events_that_wait_together_share_messages_of_a_bounded_number() -> None:
    events = [recorded() for _ in range(2 * MESSAGE_EVENTS + 1)]

    messages = list(in_messages(events))

    assert [len(message) for message in messages] == [MESSAGE_EVENTS, MESSAGE_EVENTS, 1]
    assert sorted(event.id for message in messages for event in message) == [event.id for event in events]


def test_a_message_has_its_events_in_the_order_of_their_ids() -> None:
    [message] = in_messages([recorded() for _ in range(MESSAGE_EVENTS)][::-1])

    assert [event.id for event in message] == sorted(event.id for event in message)


def test_the_events_of_a_person_share_a_message() -> None:
    """However the events of others lie between them."""
    people = [uuid4() for _ in range(MESSAGE_EVENTS)]
    events = [recorded(person) for _ in range(5) for person in people]

    messages = list(in_messages(events))

    assert len(messages) == 5
    assert all(len({event.user_id for event in message}) == MESSAGE_EVENTS // 5 for message in messages)


def test_events_with_other_attributes_have_messages_of_their_own() -> None:
    """A subscription filters whole messages."""
    events = [recorded(plan="none"), recorded(), recorded(plan="none"), recorded(plan="active", note="some")]

    messages = list(in_messages(events))

    assert sorted(len(message) for message in messages) == [1, 1, 2]
    assert all(len({tuple(event.attributes.items()) for event in message}) == 1 for message in messages)


def test_an_event_with_a_trace_shares_no_message_with_one_without() -> None:
    """What follows from the other would belong to its trace."""
    messages = list(in_messages([recorded(), recorded(trace=TRACE), recorded()]))

    assert sorted(len(message) for message in messages) == [1, 2]


def test_long_work_comes_alone() -> None:
    events = [insights_requested(uuid4(), NOW) for _ in range(3)]

    assert insights_requested.name in ALONE
    assert [len(message) for message in in_messages(events)] == [1, 1, 1]


def test_a_message_is_no_larger_than_a_consumer_takes() -> None:
    """200 entries of a batch make an event of eight kilobytes, and a push holds it as base64."""
    ids = [str(new_id()) for _ in range(200)]
    events = [Event(type="mood.recorded", user_id=uuid4(), occurred_at=NOW, data={"entry_ids": [*ids]})] * 100

    sizes = [len(message_data(message)) for message in in_messages(events)]

    assert max(sizes) <= MESSAGE_BYTES + 2 * MESSAGE_EVENTS
    assert max(sizes) * 4 / 3 + 2_000 < MAX_BYTES
    assert len(sizes) < 10
