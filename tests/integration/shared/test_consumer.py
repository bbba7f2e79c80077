"""Which failures of a handler are tried again for how long, and which are parked at once."""

from datetime import timedelta

import psycopg
import pytest

from shared.clock import utc_now
from shared.db import Connection
from shared.errors import Unavailable
from shared.events import Consumer, Event, Events, Unprocessable, push_message
from shared.events.types import schedule_relay
from shared.live import LiveUnavailable
from shared.services import Services
from tests.conftest import ClockMover, Clone
from tests.event_delivery import status_of

LETTERS = "SELECT reason FROM mend.dead_letters"


def failing_with(error: type[Exception]) -> Consumer:
    async def fail(_: Connection, __: Events) -> None:
        raise error

    return Consumer("failing", {schedule_relay: fail})


def an_event() -> Event:
    return Event(type="schedule.relay", occurred_at=utc_now())


@pytest.mark.parametrize(
    "error", [Unavailable, LiveUnavailable, psycopg.OperationalError, TimeoutError, ConnectionError]
)
async def test_an_outage_never_parks_an_event(
    services: Services, database: Clone, move_clock: ClockMover, error: type[Exception]
) -> None:
    """However often and however long it fails: Pub/Sub keeps it until the dependency is back."""
    assert services
    message = push_message(an_event())
    statuses = [await status_of(failing_with(error), message) for _ in range(7)]
    move_clock(timedelta(days=3))
    statuses.append(await status_of(failing_with(error), message))

    assert statuses == [503] * 8
    assert database.rows(LETTERS) == []


async def test_a_fault_of_ours_is_tried_for_a_day(services: Services, database: Clone, move_clock: ClockMover) -> None:
    """A deployment within that day repairs the event without an operator. Then it is parked."""
    assert services
    message = push_message(an_event())
    statuses = [await status_of(failing_with(KeyError), message) for _ in range(7)]
    move_clock(timedelta(hours=23))
    statuses.append(await status_of(failing_with(KeyError), message))
    assert database.rows(LETTERS) == []
    move_clock(timedelta(hours=1, seconds=1))
    statuses.append(await status_of(failing_with(KeyError), message))

    assert statuses == [500] * 8 + [200]
    assert database.rows(LETTERS) == [("failed for a day, at last with KeyError",)]


async def test_an_event_that_a_rule_refuses_is_parked_at_once(services: Services, database: Clone) -> None:
    """No redelivery can help it."""
    assert services
    assert await status_of(failing_with(Unprocessable), push_message(an_event())) == 200
    assert database.rows(LETTERS) == [("this event can never be handled",)]


async def test_a_handler_never_sees_a_time_after_now(services: Services) -> None:
    """A tick is late or on time; an event of a producer whose clock runs ahead counts as now."""
    assert services
    times = []

    async def note(_: Connection, events: Events) -> None:
        times.append(events.occurred_at)

    late, ahead = utc_now() - timedelta(minutes=7), utc_now() + timedelta(minutes=4)
    for moment in (late, ahead):
        event = Event(type="schedule.relay", occurred_at=moment)
        assert await status_of(Consumer("noting", {schedule_relay: note}), push_message(event)) == 200

    assert times[0] == late
    assert times[1] <= utc_now()
