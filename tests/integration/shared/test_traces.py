"""A trace leads from a request, by the outbox, to the events that follow from it."""

import json
import logging

import httpx
import pytest

from functions.checkin.main import app
from functions.relay import queries
from shared.clock import utc_now
from shared.db import Connection
from shared.events import Consumer, Event, Events, emit, push_message
from shared.events.types import mood_recorded
from shared.logs import CloudFormatter
from shared.services import Services, services
from tests.conftest import Clone, Issuer, sign_up
from tests.event_delivery import status_of

SAMPLED = "00-0af7651916cd43dd1448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
STORED = "SELECT type, traceparent FROM mend.outbox ORDER BY id"


async def follow(conn: Connection, events: Events) -> None:
    """Emit an event in answer to another."""
    emit(conn, [Event(type="profile.changed", user_id=events.person, occurred_at=utc_now())])


async def check_in(database: Clone, issuer: Issuer, traceparent: str) -> None:
    headers = {"Authorization": f"Bearer {issuer.token(sign_up(database))}", "traceparent": traceparent}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://checkin.local") as client:
        response = await client.post("/", headers=headers, json={"mood": "sad", "intensity": 7})
    assert response.status_code == 201


@pytest.mark.usefixtures("services")
async def test_an_event_has_the_trace_of_its_request(database: Clone, issuer: Issuer) -> None:
    """If the trace is sampled. Any other is not stored, so four of five check-ins send no statement more."""
    await check_in(database, issuer, SAMPLED)
    await check_in(database, issuer, OTHER)

    assert database.rows(STORED) == [("mood.recorded", SAMPLED), ("mood.recorded", None)]


@pytest.mark.usefixtures("services")
async def test_the_next_transaction_has_no_trace(database: Clone, issuer: Issuer) -> None:
    """A connection of the pool keeps none."""
    await check_in(database, issuer, SAMPLED)
    async with services().database.service() as conn:
        emit(conn, [Event(type="profile.changed", occurred_at=utc_now())])

    assert database.rows(STORED) == [("mood.recorded", SAMPLED), ("profile.changed", None)]


async def test_a_consumer_goes_on_with_the_trace(
    services: Services, database: Clone, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    """Its log lines and the events that it emits belong to the trace of the request."""
    caplog.set_level(logging.INFO)
    await check_in(database, issuer, SAMPLED)
    async with services.database.service() as conn:
        [event] = await queries.lease_events(conn, 10, utc_now(), None, [])
    caplog.handler.setFormatter(CloudFormatter())

    statuses = [await status_of(Consumer("following", {mood_recorded: follow}), push_message(event)) for _ in range(2)]

    lines = [json.loads(line) for line in caplog.text.splitlines() if "event_without_effect" in line]
    assert statuses == [200, 200]
    assert database.rows(STORED)[1:] == [("profile.changed", SAMPLED)]
    assert [line["logging.googleapis.com/trace"] for line in lines] == [SAMPLED.split("-")[1]]
