"""The SQL of consents. It runs as the person."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import LiteralString, NamedTuple

from functions.account.consents.texts import PURPOSES, versions
from shared.consents import Purpose
from shared.db import Connection

# The latest decision about each purpose, or NULLs. `granted` tells whether the purpose is on: not if the decision was
# made about a use that has changed since.
CONSENTS: LiteralString = """
    SELECT p.purpose, latest.granted AS decision, mend.has_consent(mend.uid(), p.purpose) AS granted, latest.version,
           latest.decided_at
    FROM unnest(%(purposes)s::text[]) AS p (purpose)
    LEFT JOIN LATERAL (
        SELECT c.granted, c.version, c.decided_at FROM public.consents AS c
        WHERE c.user_id = mend.uid() AND c.purpose = p.purpose
        ORDER BY c.number DESC
        LIMIT 1
    ) AS latest ON true
"""

INSERT_DECISION: LiteralString = """
    INSERT INTO public.consents (user_id, purpose, granted, version, decided_at)
    VALUES (mend.uid(), %(purpose)s, %(granted)s, %(version)s, %(now)s)
"""


class StoredConsent(NamedTuple):
    purpose: Purpose
    decision: bool | None
    granted: bool
    version: date | None
    decided_at: datetime | None

    @property
    def is_needed(self) -> bool:
        """Whether the person has not decided about the present text."""
        return self.version != versions()[self.purpose]


async def load_consents(conn: Connection) -> Mapping[Purpose, StoredConsent]:
    """The latest decision about each purpose."""
    rows = (await conn.run(CONSENTS, {"purposes": list(PURPOSES)}, StoredConsent)).rows
    return {row.purpose: row._replace(decided_at=row.decided_at and row.decided_at.astimezone(UTC)) for row in rows}


def insert_decision(conn: Connection, purpose: Purpose, *, granted: bool, version: date, now: datetime) -> None:
    params = {"purpose": purpose, "granted": granted, "version": version, "now": now}
    conn.queue(INSERT_DECISION, params)
