"""The SQL of consents. It runs as the person."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import LiteralString, NamedTuple

from functions.account.consents.texts import PURPOSES
from shared.consents import Purpose
from shared.db import Connection

# The latest decision about each purpose. `granted` is false if it was made about a use that has changed since.
CONSENTS: LiteralString = """
    SELECT p.purpose, latest.granted AS decision, mend.has_consent(mend.uid(), p.purpose) AS granted, latest.version,
           latest.decided_at
    FROM unnest(%(purposes)s::text[]) AS p (purpose)
    CROSS JOIN LATERAL (
        SELECT c.granted, c.version, c.decided_at FROM public.consents AS c
        WHERE c.user_id = mend.uid() AND c.purpose = p.purpose
        ORDER BY c.number DESC
        LIMIT 1
    ) AS latest
"""

INSERT_DECISION: LiteralString = """
    INSERT INTO public.consents (user_id, purpose, granted, version, decided_at)
    VALUES (mend.uid(), %(purpose)s, %(granted)s, %(version)s, %(now)s)
"""


class StoredConsent(NamedTuple):
    purpose: Purpose
    decision: bool
    granted: bool
    version: date
    decided_at: datetime


async def load_consents(conn: Connection) -> Mapping[Purpose, StoredConsent]:
    """The latest decisions. A purpose about which the person has never decided is left out."""
    rows = (await conn.run(CONSENTS, {"purposes": list(PURPOSES)}, StoredConsent)).rows
    return {row.purpose: row._replace(decided_at=row.decided_at.astimezone(UTC)) for row in rows}


def insert_decision(conn: Connection, purpose: Purpose, *, granted: bool, version: date, now: datetime) -> None:
    params = {"purpose": purpose, "granted": granted, "version": version, "now": now}
    conn.queue(INSERT_DECISION, params)
