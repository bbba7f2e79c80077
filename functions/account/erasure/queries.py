"""All SQL of erasure. It runs as the service."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import LiteralString, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.db import Connection

BEGIN_ERASURE: LiteralString = "SELECT mend.begin_erasure(%(person)s, %(receipt)s, %(reason)s, %(now)s)"
ERASURE: LiteralString = """
    SELECT id, digest, user_id, reason, requested_at, salt, step, tokens, before, after, vendors, erased_at,
           rechecked_at, mail_state
    FROM mend.erasures WHERE id = %(id)s
"""
# What is not finished, and what must be looked through again.
DUE_ERASURES: LiteralString = """
    SELECT id FROM mend.erasures
    WHERE rechecked_at IS NULL AND (erased_at IS NULL OR erased_at <= %(recheck_before)s)
    ORDER BY requested_at LIMIT %(limit)s
"""
# A count from before the first deletion stays, whatever a repeated step counts.
RECORD_STEP: LiteralString = """
    UPDATE mend.erasures
    SET step = %(step)s, before = %(before)s || before, after = after || %(after)s, vendors = vendors || %(vendors)s
    WHERE id = %(id)s
"""
FINISH: LiteralString = """
    UPDATE mend.erasures SET tokens = '{}', erased_at = coalesce(erased_at, %(now)s) WHERE id = %(id)s
"""
FORGET_PERSON: LiteralString = "UPDATE mend.erasures SET user_id = NULL, rechecked_at = %(now)s WHERE id = %(id)s"
COUNT_ROWS: LiteralString = "SELECT mend.count_rows_of(%(person)s)"
ERASE_ROWS: LiteralString = "SELECT mend.erase_rows_of(%(person)s, %(max_rows)s)"
DELETE_LOCAL_USER: LiteralString = "SELECT local.delete_user(%(person)s)"
CUSTOMER: LiteralString = "SELECT customer FROM mend.subscribers WHERE user_id = %(person)s"
UNUSED_ACCOUNTS: LiteralString = """
    SELECT mend.unused_accounts(%(anonymous)s, %(used_before)s, %(told_before)s, %(limit)s)
"""
NOTE_TOLD: LiteralString = """
    INSERT INTO mend.unused_notices (user_id, told_at) SELECT person, %(now)s FROM unnest(%(people)s::uuid[]) AS person
    ON CONFLICT (user_id) DO UPDATE SET told_at = excluded.told_at
"""


BATCH = 200  # people in one transaction


class Erasure(NamedTuple):
    """A row of `mend.erasures`."""

    id: UUID
    digest: bytes
    user_id: UUID | None
    reason: str
    requested_at: datetime
    salt: bytes
    step: str | None
    tokens: list[str]
    before: dict[str, int]
    after: dict[str, int]
    vendors: dict[str, str]
    erased_at: datetime | None
    rechecked_at: datetime | None
    mail_state: str | None  # of the mail that tells of the erasure; None if there is none


class StepOutcome(NamedTuple):
    """What a step counted, and what became of the data at vendors, by the names of the stores and vendors."""

    before: Mapping[str, int] = MappingProxyType({})
    after: Mapping[str, int] = MappingProxyType({})
    vendors: Mapping[str, str] = MappingProxyType({})


async def begin_erasure(conn: Connection, person: UUID, receipt: UUID, reason: str, now: datetime) -> UUID:
    """Store the tombstone of a person. Returns the id of the receipt, also if there is one already."""
    params = {"person": person, "receipt": receipt, "reason": reason, "now": now}
    [(receipt_id,)] = (await conn.run(BEGIN_ERASURE, params)).rows
    return UUID(str(receipt_id))


async def load_erasure(conn: Connection, id_: UUID) -> Erasure | None:
    return (await conn.run(ERASURE, {"id": id_}, Erasure)).first


async def due_erasures(conn: Connection, recheck_before: datetime, limit: int) -> list[UUID]:
    return [id_ for (id_,) in (await conn.run(DUE_ERASURES, {"recheck_before": recheck_before, "limit": limit})).rows]


def record_step(conn: Connection, id_: UUID, step: str, outcome: StepOutcome) -> None:
    columns = {name: Jsonb(dict(column)) for name, column in outcome._asdict().items()}
    conn.queue(RECORD_STEP, {"id": id_, "step": step, **columns})


def finish(conn: Connection, id_: UUID, now: datetime) -> None:
    conn.queue(FINISH, {"id": id_, "now": now})


def forget_person(conn: Connection, id_: UUID, now: datetime) -> None:
    conn.queue(FORGET_PERSON, {"id": id_, "now": now})


async def count_rows(conn: Connection, person: UUID) -> dict[str, int]:
    [(counts,)] = (await conn.run(COUNT_ROWS, {"person": person})).rows
    return {str(name): int(count) for name, count in counts.items()}


async def erase_rows(conn: Connection, person: UUID, max_rows: int) -> int:
    """How many rows were deleted: 0 once none is left."""
    [(deleted,)] = (await conn.run(ERASE_ROWS, {"person": person, "max_rows": max_rows})).rows
    return int(deleted)


def delete_local_user(conn: Connection, person: UUID) -> None:
    conn.queue(DELETE_LOCAL_USER, {"person": person})


async def load_customer(conn: Connection, person: UUID) -> str | None:
    """The person's customer at Stripe."""
    rows = (await conn.run(CUSTOMER, {"person": person})).rows
    return str(rows[0][0]) if rows else None


async def unused_accounts(
    conn: Connection, *, anonymous: bool, used_before: datetime, told_before: datetime | None
) -> list[UUID]:
    """Some accounts last used before a time: those not told of it, or those told before another time."""
    params = {"anonymous": anonymous, "used_before": used_before, "told_before": told_before, "limit": BATCH}
    return [person for (person,) in (await conn.run(UNUSED_ACCOUNTS, params)).rows]


def note_told(conn: Connection, people: Sequence[UUID], now: datetime) -> None:
    conn.queue(NOTE_TOLD, {"people": list(people), "now": now})
