"""The SQL of `premium`."""

from datetime import datetime
from typing import LiteralString, NamedTuple

from functions.premium.rules.entitlement import Entitlement
from shared.db import Connection

SUBSCRIBER: LiteralString = """
    SELECT customer, premium_until, renews, payment_failed FROM mend.subscribers WHERE user_id = mend.uid()
"""
INSERT_SUBSCRIBER: LiteralString = """
    INSERT INTO mend.subscribers (user_id, customer) VALUES (mend.uid(), %(customer)s) ON CONFLICT DO NOTHING
"""
# Numbers the reads of a customer's subscriptions by when they begin. Returns no row for a customer of somebody else.
BEGIN_READ: LiteralString = """
    UPDATE mend.subscribers SET reads_begun = reads_begun + 1 WHERE customer = %(customer)s RETURNING reads_begun
"""
# A read that began earlier than the stored one may have seen less, so it is dropped.
STORE_READ: LiteralString = """
    UPDATE mend.subscribers
    SET premium_until = %(premium_until)s, renews = %(renews)s, payment_failed = %(payment_failed)s,
        read_stored = %(read)s
    WHERE customer = %(customer)s AND read_stored < %(read)s
"""


class SubscriberRow(NamedTuple):
    customer: str
    premium_until: datetime | None
    renews: bool
    payment_failed: bool


async def load_subscriber(conn: Connection) -> SubscriberRow | None:
    """As the person. None for somebody who was never at the checkout."""
    return (await conn.run(SUBSCRIBER, None, SubscriberRow)).first


def insert_subscriber(conn: Connection, customer: str) -> None:
    conn.queue(INSERT_SUBSCRIBER, {"customer": customer})


async def begin_read(conn: Connection, customer: str) -> int | None:
    """As the service. The number of this read, or None if nobody here is that customer."""
    rows = (await conn.run(BEGIN_READ, {"customer": customer})).rows
    return rows[0][0] if rows else None


def store_read(conn: Connection, customer: str, read: int, entitlement: Entitlement) -> None:
    conn.queue(STORE_READ, {"customer": customer, "read": read, **entitlement._asdict()})
