"""A person's consent by purpose. What hangs on a purpose is read and stored only while they agree (docs/privacy.md)."""

from typing import Literal, LiteralString, TypeAlias
from uuid import UUID

from shared import locks
from shared.connection import Connection, Result
from shared.errors import Forbidden, Sentence

Purpose: TypeAlias = Literal[
    "service", "personalisation", "insights", "ai", "ai_lookups", "analytics", "messages", "safety_review"
]

CONSENT_NEEDED = (
    "This needs your consent, which you can give and withdraw at any time. To give it: PUT /account/consents/{purpose}."
)
CONSENT_MISSING = "PT403"  # the SQLSTATE of `mend.require_consent`

HAS_CONSENT: LiteralString = "SELECT mend.has_consent(%(person)s, %(purpose)s)"
REQUIRE_CONSENT: LiteralString = "SELECT mend.require_consent(%(purpose)s)"


class ConsentNeeded(Forbidden):
    """This needs your consent, which you can give and withdraw at any time."""

    code = "consent_needed"

    def __init__(self, purpose: str) -> None:
        super().__init__(Sentence(CONSENT_NEEDED, purpose=purpose))
        self.members = {"purpose": purpose}


def require(conn: Connection, purpose: Purpose) -> None:
    """Queue a statement that fails with `ConsentNeeded`, before those after it, unless the person agrees."""
    conn.queue(REQUIRE_CONSENT, {"purpose": purpose})


def queue_is_granted(conn: Connection, person: UUID, purpose: Purpose) -> Result[tuple[bool]]:
    """Queue the question whether the person agrees. Their answer cannot change until the transaction ends.

    Ask before other locks are taken: a withdrawal waits for the transactions that have asked.
    """
    locks.lock_shared(conn, "consents", person)
    return conn.queue(HAS_CONSENT, {"person": person, "purpose": purpose})


async def is_granted(conn: Connection, person: UUID, purpose: Purpose) -> bool:
    result = queue_is_granted(conn, person, purpose)
    await conn.flush()
    [(granted,)] = result.rows
    return granted
