"""Advisory locks of Postgres, one for each purpose and person, held until the transaction ends.

The key of a lock is a hash of its purpose and a name, so that a name that a caller chooses cannot reach the lock of
another purpose. The SQL function `mend.lock_key` computes the same key.
"""

from hashlib import sha256
from typing import Literal, LiteralString, TypeAlias
from uuid import UUID

from shared.connection import Connection

Purpose: TypeAlias = Literal[
    "consents",
    "devices",
    "experiment",
    "files",
    "idempotency",
    "import",
    "inbox",
    "insight_days",
    "insight_factors",
    "live_streak",
    "measures",
    "memories",
    "plan",
    "profile",
    "safety_plan",
    "safety_review",
    "sender",
    "streak",
    "taste",
    "uplift",
]

LOCK: LiteralString = "SELECT pg_advisory_xact_lock(%s)"
LOCK_SHARED: LiteralString = "SELECT pg_advisory_xact_lock_shared(%s)"


def lock_key(purpose: Purpose, name: str) -> int:
    """64 bits of a SHA-256. With the length of the purpose, ("ab", "c") and ("a", "bc") differ."""
    digest = sha256(f"{len(purpose)}:{purpose}{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def lock(conn: Connection, purpose: Purpose, person: UUID) -> None:
    """Queue the lock: the statements after it wait until no other transaction has the lock for this person."""
    conn.queue(LOCK, (lock_key(purpose, str(person)),))


def lock_shared(conn: Connection, purpose: Purpose, person: UUID) -> None:
    """Queue the shared lock, which several transactions have at once, but none while another has the lock itself."""
    conn.queue(LOCK_SHARED, (lock_key(purpose, str(person)),))
