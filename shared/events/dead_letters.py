"""Events that a consumer could not handle. Failures are recorded; one that can never succeed becomes a dead letter.

Parking an event means: it is stored in `mend.dead_letters` with the reason, and acknowledged. It is not delivered again
until an operator replays it.
"""

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import LiteralString, NamedTuple
from uuid import UUID, uuid4, uuid5

from psycopg.types.json import Jsonb
from pydantic import JsonValue
from pydantic_core import from_json

from shared import logs
from shared.clock import utc_now
from shared.db import Database
from shared.errors import Unavailable

MAX_PARKED_PER_DAY = 1_000  # of one consumer: more is an attack or an outage, and stays with Pub/Sub
DAY = timedelta(days=1)
UNREADABLE = UUID("0b7a4b6e-6d5b-5a0f-8f5e-7c2f8e7a9a11")  # the namespace of ids made from a body's digest

RECORD_FAILURE: LiteralString = """
    INSERT INTO mend.delivery_failures AS f (consumer, event_id, first_failed_at, failed_at)
    VALUES (%(consumer)s, %(event_id)s, %(now)s, %(now)s)
    ON CONFLICT (consumer, event_id) DO UPDATE SET attempts = f.attempts + 1, failed_at = excluded.failed_at
    RETURNING attempts, first_failed_at
"""

# A parked event counts as handled: a late redelivery finds the claim and is acknowledged.
PARK: LiteralString = """
    WITH letter AS (
        INSERT INTO mend.dead_letters AS l (id, consumer, event_id, envelope, reason, attempts, parked_at)
        SELECT %(id)s, %(consumer)s, %(event_id)s::uuid, %(envelope)s, %(reason)s, %(attempts)s, %(now)s
        WHERE (
            SELECT count(*) FROM mend.dead_letters WHERE consumer = %(consumer)s AND parked_at > %(day_ago)s
        ) < %(limit)s
        ON CONFLICT (id) DO UPDATE
            SET attempts = l.attempts + 1, parked_at = excluded.parked_at, replayed_at = NULL
        RETURNING l.event_id
    ), claim AS (
        INSERT INTO mend.event_claims (consumer, event_id, claimed_at)
        SELECT %(consumer)s, event_id, %(now)s FROM letter WHERE event_id IS NOT NULL ON CONFLICT DO NOTHING
    ), failures AS (
        DELETE FROM mend.delivery_failures AS f USING letter
        WHERE f.consumer = %(consumer)s AND f.event_id = letter.event_id
    )
    SELECT 1 FROM letter
"""


class DeadLettersFull(Unavailable):
    """This consumer has parked too many events today."""

    code = "dead_letters_full"


class DeadLetter(NamedTuple):
    """An event that could not be handled, or a request body that holds none."""

    consumer: str
    event_id: UUID | None
    envelope: bytes
    reason: str
    attempts: int = 1

    @property
    def id(self) -> UUID:
        """A new id; for a body that cannot be read one made from its digest, so that it is stored once."""
        if self.event_id is not None:
            return uuid4()
        return uuid5(UNREADABLE, f"{self.consumer} {sha256(self.envelope).hexdigest()}")


class Failures(NamedTuple):
    """How often a consumer has failed to handle an event, and since when."""

    attempts: int
    first_failed_at: datetime


async def record_failure(database: Database, consumer: str, event_id: UUID) -> Failures:
    async with database.service() as conn:
        params = {"consumer": consumer, "event_id": event_id, "now": utc_now()}
        [failures] = (await conn.run(RECORD_FAILURE, params, Failures)).rows
    return failures


async def park(database: Database, letter: DeadLetter) -> None:
    """Store a dead letter. Raise `DeadLettersFull` if the consumer has stored too many within a day."""
    logs.warn("event_parked", consumer=letter.consumer, reason=letter.reason)
    now = utc_now()
    limits = {"day_ago": now - DAY, "limit": MAX_PARKED_PER_DAY}
    params = {**letter._asdict(), "id": letter.id, "envelope": Jsonb(_storable(letter.envelope)), "now": now, **limits}
    async with database.service() as conn:
        stored = (await conn.run(PARK, params)).rows
    if not stored:
        raise DeadLettersFull


def _storable(envelope: bytes) -> JsonValue:
    """The envelope, or its text where Postgres cannot store it: no JSON, an infinite number, a NUL character."""
    try:
        value: JsonValue = from_json(envelope, allow_inf_nan=False)
        storable = "\\u0000" not in json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        storable = False
    return value if storable else ascii(envelope)
