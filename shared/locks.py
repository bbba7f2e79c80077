"""Advisory locks: one thing at a time for one person, held until the transaction ends.

A lock is a number made of a purpose, which is a fixed word, and a name, so that no name reaches the lock of another
purpose. Postgres makes the same number where a function of its own locks: `mend.lock_key`.
"""

from hashlib import sha256
from typing import Literal, LiteralString, TypeAlias
from uuid import UUID

from shared.connection import Connection

Purpose: TypeAlias = Literal[
    "devices", "idempotency", "inbox", "live_streak", "plan", "profile", "sender", "streak", "taste", "uplift"
]

LOCK: LiteralString = "SELECT pg_advisory_xact_lock(%s)"


def lock_key(purpose: Purpose, name: str) -> int:
    """The length keeps apart what would otherwise read alike: ("ab", "c") and ("a", "bc")."""
    digest = sha256(f"{len(purpose)}:{purpose}{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def lock(conn: Connection, purpose: Purpose, person: UUID) -> None:
    """Have what follows wait for other transactions that do the same for this person."""
    conn.queue(LOCK, (lock_key(purpose, str(person)),))
