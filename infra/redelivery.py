"""Events that a command delivers: a tick of a schedule, or a parked event again."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from infra.local.delivery import Functions
from shared.clock import utc_now
from shared.db import Database
from shared.events import Event, push_message

PARKED_LETTERS = """
    SELECT id, consumer, event_id, envelope FROM mend.dead_letters
    WHERE replayed_at IS NULL AND (id = %(id)s OR %(id)s::uuid IS NULL)
    ORDER BY parked_at
"""
# The claim that was made when the event was parked. A later claim means that the event was handled.
DELETE_CLAIM = """
    DELETE FROM mend.event_claims AS c USING mend.dead_letters AS d
    WHERE d.id = %s AND (c.consumer, c.event_id) = (d.consumer, d.event_id) AND c.claimed_at <= d.parked_at
"""
# A body that cannot be read is parked again under the same id.
MARK_REPLAYED = "UPDATE mend.dead_letters SET replayed_at = %s WHERE id = %s AND parked_at <= %s"
REASON = """
    SELECT reason FROM mend.dead_letters
    WHERE consumer = %s AND event_id IS NOT DISTINCT FROM %s AND replayed_at IS NULL AND parked_at > %s
"""


class ParkedLetter(NamedTuple):
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
    acknowledged = await functions.deliver(name, str(event.id), push_message(event))
    return await _outcome(database, name, event.id, started_at, acknowledged=acknowledged)


async def parked_letters(database: Database, id_: UUID | None) -> list[ParkedLetter]:
    """The parked events, or the one of that id."""
    async with database.service() as conn:
        return (await conn.ask(PARKED_LETTERS, {"id": id_}, ParkedLetter)).rows


async def replay(database: Database, functions: Functions, letter: ParkedLetter) -> Outcome:
    """Deliver a parked event again. If it is interrupted, it can be repeated, and the event is still handled once."""
    started_at = utc_now()
    async with database.service() as conn:
        conn.post(DELETE_CLAIM, (letter.id,))
    readable = letter.event_id is not None
    message = push_message(Event.model_validate(letter.envelope)) if readable else letter.envelope
    acknowledged = await functions.deliver(letter.consumer, str(letter.event_id or letter.id), message)
    if acknowledged:
        async with database.service() as conn:
            conn.post(MARK_REPLAYED, (utc_now(), letter.id, started_at))
    return await _outcome(database, letter.consumer, letter.event_id, started_at, acknowledged=acknowledged)


async def _outcome(
    database: Database, name: str, event_id: UUID | None, started_at: datetime, *, acknowledged: bool
) -> Outcome:
    if not acknowledged:
        return Outcome(name, succeeded=False, message="failed, and may be tried again")
    async with database.service() as conn:
        row = (await conn.ask(REASON, (name, event_id, started_at))).first
    return Outcome(name, succeeded=row is None, message=f"parked: {row[0]}" if row else "done")
