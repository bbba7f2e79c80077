"""What the page of the stack and `mend events list` show: names, times and states, but no text of a person."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from pydantic import BaseModel, JsonValue

from infra.registry import Registry
from shared.db import Database
from shared.events.envelope import attributes_of

LATEST = 50

# Filters by consumer, because claims and failures are indexed by it.
LATEST_EVENTS: LiteralString = """
    SELECT o.id, o.type, o.data, o.occurred_at, o.published_at IS NOT NULL AS published,
           ARRAY(SELECT consumer FROM mend.event_claims
                 WHERE consumer = ANY(%(consumers)s) AND event_id = o.id) AS handled,
           ARRAY(SELECT consumer FROM mend.delivery_failures
                 WHERE consumer = ANY(%(consumers)s) AND event_id = o.id) AS failing,
           ARRAY(SELECT consumer FROM mend.dead_letters
                 WHERE event_id = o.id AND replayed_at IS NULL) AS parked
    FROM mend.outbox AS o
    ORDER BY o.id DESC LIMIT %(limit)s
"""
PARKED_EVENTS: LiteralString = """
    SELECT id, consumer, coalesce(envelope ->> 'type', 'unreadable') AS type, reason, attempts, parked_at
    FROM mend.dead_letters
    WHERE replayed_at IS NULL
    ORDER BY parked_at DESC LIMIT %(limit)s
"""
SENT_PUSHES: LiteralString = """
    SELECT sent_at, title, body, link, until FROM local.pushes ORDER BY id DESC LIMIT %(limit)s
"""
SENT_MAILS: LiteralString = """
    SELECT sent_at, address, subject, text, unsubscribe FROM local.mails ORDER BY id DESC LIMIT %(limit)s
"""


class EventRow(BaseModel):
    id: UUID
    type: str
    data: dict[str, JsonValue]
    occurred_at: datetime
    published: bool
    handled: list[str]
    failing: list[str]
    parked: list[str]


class EventState(BaseModel):
    id: UUID
    type: str
    occurred_at: datetime
    state: str


class ParkedEvent(BaseModel):
    id: UUID
    consumer: str
    type: str
    reason: str
    attempts: int
    parked_at: datetime


class SentPush(BaseModel):
    sent_at: datetime
    title: str
    body: str
    link: str
    until: datetime


class SentMail(BaseModel):
    sent_at: datetime
    address: str
    subject: str
    text: str
    unsubscribe: str | None


async def latest_events(database: Database, registry: Registry) -> list[EventState]:
    async with database.service() as conn:
        rows = (await conn.run(LATEST_EVENTS, {"consumers": list(registry.functions), "limit": LATEST}, EventRow)).rows
    return [
        EventState(**row.model_dump(include={"id", "type", "occurred_at"}), state=state_of(row, registry))
        for row in rows
    ]


async def parked_events(database: Database) -> list[ParkedEvent]:
    async with database.service() as conn:
        return (await conn.run(PARKED_EVENTS, {"limit": LATEST}, ParkedEvent)).rows


async def sent_pushes(database: Database) -> list[SentPush]:
    async with database.service() as conn:
        return (await conn.run(SENT_PUSHES, {"limit": LATEST}, SentPush)).rows


async def sent_mails(database: Database) -> list[SentMail]:
    async with database.service() as conn:
        return (await conn.run(SENT_MAILS, {"limit": LATEST}, SentMail)).rows


def state_of(event: EventRow, registry: Registry) -> str:
    if not event.published:
        return "waiting for the relay"
    if event.parked:
        return f"parked by {', '.join(sorted(event.parked))}"
    missing = set(registry.listeners(event.type, attributes_of(event.type, event.data))) - set(event.handled)
    if failing := missing & set(event.failing):
        return f"failing in {', '.join(sorted(failing))}"
    return f"on its way to {', '.join(sorted(missing))}" if missing else "handled"
