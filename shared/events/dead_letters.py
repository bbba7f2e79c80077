"""What a consumer could not handle: failures are counted, and in the end the event is parked as a dead letter.

To park an event is to store it in `mend.dead_letters` with the reason, and to acknowledge it, so that it is not
delivered again until somebody replays it.
"""

import json
from typing import LiteralString, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import JsonValue
from pydantic_core import from_json

from shared import logs
from shared.clock import utc_now
from shared.db import Database

MOST_ATTEMPTS = 5

COUNT_FAILURE: LiteralString = """
    INSERT INTO mend.delivery_failures AS f (consumer, event_id, failed_at)
    VALUES (%(consumer)s, %(event_id)s, %(now)s)
    ON CONFLICT (consumer, event_id) DO UPDATE SET attempts = f.attempts + 1, failed_at = excluded.failed_at
    RETURNING attempts
"""

# A parked event counts as handled: a late redelivery finds the claim and is acknowledged.
PARK: LiteralString = """
    WITH claim AS (
        INSERT INTO mend.event_claims (consumer, event_id, claimed_at)
        SELECT %(consumer)s, %(event_id)s::uuid, %(now)s
        WHERE %(event_id)s::uuid IS NOT NULL ON CONFLICT DO NOTHING
    ), counted AS (
        DELETE FROM mend.delivery_failures WHERE consumer = %(consumer)s AND event_id = %(event_id)s::uuid
    )
    INSERT INTO mend.dead_letters (consumer, event_id, envelope, reason, attempts, parked_at)
    VALUES (%(consumer)s, %(event_id)s::uuid, %(envelope)s, %(reason)s, %(attempts)s, %(now)s)
"""


class DeadLetter(NamedTuple):
    """An event that could not be handled, or the body of a request in which there was none."""

    consumer: str
    event_id: UUID | None
    envelope: bytes
    reason: str
    attempts: int = 1


async def count_failure(database: Database, consumer: str, event_id: UUID) -> int:
    """How often this consumer has failed to handle this event, this time included."""
    async with database.service() as conn:
        params = {"consumer": consumer, "event_id": event_id, "now": utc_now()}
        [(attempts,)] = (await conn.run(COUNT_FAILURE, params)).rows
    return int(attempts)


async def park(database: Database, letter: DeadLetter) -> None:
    logs.warn("event_parked", consumer=letter.consumer, reason=letter.reason)
    async with database.service() as conn:
        conn.queue(PARK, letter._asdict() | {"envelope": Jsonb(_storable(letter.envelope)), "now": utc_now()})


def _storable(envelope: bytes) -> JsonValue:
    """The envelope, or its text where Postgres cannot store it: no JSON, an infinite number, a NUL character."""
    try:
        value: JsonValue = from_json(envelope, allow_inf_nan=False)
        storable = "\\u0000" not in json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        storable = False
    return value if storable else ascii(envelope)
