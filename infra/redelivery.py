"""Events that a command delivers: a tick of a schedule, or a parked event once more."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from infra.local.delivery import Functions
from shared.clock import utc_now
from shared.db import Database
from shared.events import Event, as_message

DEAD_LETTERS = """
    SELECT id, consumer, event_id, envelope FROM mend.dead_letters
    WHERE replayed_at IS NULL AND (id = %(id)s OR %(id)s::uuid IS NULL)
    ORDER BY parked_at
"""
# The claim that came with the parking. A later one means that the event was handled after all.
UNCLAIM = """
    DELETE FROM mend.event_claims AS c USING mend.dead_letters AS d
    WHERE d.id = %s AND (c.consumer, c.event_id) = (d.consumer, d.event_id) AND c.claimed_at <= d.parked_at
"""
SETTLE = "UPDATE mend.dead_letters SET replayed_at = now() WHERE id = %s"
REASON = """
    SELECT reason FROM mend.dead_letters
    WHERE consumer = %s AND event_id IS NOT DISTINCT FROM %s AND replayed_at IS NULL AND parked_at > %s
"""


class DeadLetter(NamedTuple):
    id: UUID
    consumer: str
    event_id: UUID | None
    envelope: Any


class Outcome(NamedTuple):
    function: str
    succeeded: bool
    message: str


async def deliver(database: Database, functions: Functions, name: str, event: Event) -> Outcome:
    """Deliver an event to one function, once."""
    started_at = utc_now()
    acknowledged = await functions.deliver(name, str(event.id), as_message(event))
    return await _outcome(database, name, event.id, started_at, acknowledged=acknowledged)


async def dead_letters(database: Database, id_: UUID | None) -> list[DeadLetter]:
    """The parked events, or the one of that id."""
    async with database.service() as conn:
        return (await conn.run(DEAD_LETTERS, {"id": id_}, DeadLetter)).rows


async def replay(database: Database, functions: Functions, letter: DeadLetter) -> Outcome:
    """Deliver a parked event again. Interrupted anywhere, it can be repeated and is still handled once."""
    started_at = utc_now()
    async with database.service() as conn:
        conn.queue(UNCLAIM, (letter.id,))
    readable = letter.event_id is not None
    message = as_message(Event.model_validate(letter.envelope)) if readable else letter.envelope
    acknowledged = await functions.deliver(letter.consumer, str(letter.event_id or letter.id), message)
    if acknowledged:
        async with database.service() as conn:
            conn.queue(SETTLE, (letter.id,))
    return await _outcome(database, letter.consumer, letter.event_id, started_at, acknowledged=acknowledged)


async def _outcome(
    database: Database, name: str, event_id: UUID | None, started_at: datetime, *, acknowledged: bool
) -> Outcome:
    if not acknowledged:
        return Outcome(name, succeeded=False, message="failed, and may be tried again")
    async with database.service() as conn:
        row = (await conn.run(REASON, (name, event_id, started_at))).first
    return Outcome(name, succeeded=row is None, message=f"parked: {row[0]}" if row else "done")
