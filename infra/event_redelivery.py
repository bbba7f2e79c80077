"""Delivers events for a command: a tick of a schedule, or a parked event once more."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from infra.local.event_delivery import FunctionClient
from shared.clock import utc_now
from shared.db import Database
from shared.events import Event, push_message

DEAD_LETTERS = """
    SELECT id, consumer, event_id, envelope FROM mend.dead_letters
    WHERE replayed_at IS NULL AND (id = %(id)s OR %(id)s::uuid IS NULL)
    ORDER BY parked_at
"""
# Deletes the claim that was made when the event was parked. A later claim means that it was handled since.
DELETE_CLAIM = """
    DELETE FROM mend.event_claims AS c USING mend.dead_letters AS d
    WHERE d.id = %s AND (c.consumer, c.event_id) = (d.consumer, d.event_id) AND c.claimed_at <= d.parked_at
"""
# A body that cannot be read is parked again under the same id.
MARK_REPLAYED = "UPDATE mend.dead_letters SET replayed_at = %s WHERE id = %s AND parked_at <= %s"
PARKED_REASON = """
    SELECT reason FROM mend.dead_letters
    WHERE consumer = %s AND event_id IS NOT DISTINCT FROM %s AND replayed_at IS NULL AND parked_at > %s
"""


class StoredDeadLetter(NamedTuple):
    id: UUID
    consumer: str
    event_id: UUID | None
    envelope: Any


class DeliveryResult(NamedTuple):
    function: str
    succeeded: bool
    message: str


async def deliver(database: Database, functions: FunctionClient, name: str, event: Event) -> DeliveryResult:
    """Deliver an event to one function, once."""
    started_at = utc_now()
    acknowledged = await functions.deliver(name, str(event.id), push_message(event))
    return await _result(database, name, event.id, started_at, acknowledged=acknowledged)


async def load_dead_letters(database: Database, id_: UUID | None) -> list[StoredDeadLetter]:
    """All parked events, or the one with this id."""
    async with database.service() as conn:
        return (await conn.run(DEAD_LETTERS, {"id": id_}, StoredDeadLetter)).rows


async def replay(database: Database, functions: FunctionClient, letter: StoredDeadLetter) -> DeliveryResult:
    """Deliver a parked event again. After an interruption it can be repeated: the event is still handled once."""
    started_at = utc_now()
    async with database.service() as conn:
        conn.queue(DELETE_CLAIM, (letter.id,))
    is_readable = letter.event_id is not None
    message = push_message(Event.model_validate(letter.envelope)) if is_readable else letter.envelope
    acknowledged = await functions.deliver(letter.consumer, str(letter.event_id or letter.id), message)
    if acknowledged:
        async with database.service() as conn:
            conn.queue(MARK_REPLAYED, (utc_now(), letter.id, started_at))
    return await _result(database, letter.consumer, letter.event_id, started_at, acknowledged=acknowledged)


async def _result(
    database: Database, name: str, event_id: UUID | None, started_at: datetime, *, acknowledged: bool
) -> DeliveryResult:
    if not acknowledged:
        return DeliveryResult(name, succeeded=False, message="failed, and can be tried again")
    async with database.service() as conn:
        row = (await conn.run(PARKED_REASON, (name, event_id, started_at))).first
    return DeliveryResult(name, succeeded=row is None, message=f"parked: {row[0]}" if row else "done")
