"""The SQL of the access log. It runs as the person or the admin; the functions that it calls check who that is."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString, NamedTuple, TypeAlias
from uuid import UUID

from functions.account.models import Access
from shared.db import Connection

Position: TypeAlias = tuple[datetime, UUID]

OPEN_ACCESS: LiteralString = "SELECT mend.open_support_access(%(person)s, %(reason)s, %(until)s, %(now)s)"
VIEW_PERSON: LiteralString = "SELECT mend.view_for_support(%(person)s, %(tables)s, %(now)s)"
ACCESSES: LiteralString = """
    SELECT id, occurred_at, actor, staff_id, action, reason, until
    FROM mend.access_log
    WHERE user_id = mend.uid() AND (occurred_at, id) < (%(after_at)s, %(after_id)s)
    ORDER BY occurred_at DESC, id DESC
    LIMIT %(limit)s
"""


class AccessRow(NamedTuple):
    id: UUID
    occurred_at: datetime
    actor: str
    staff_id: UUID | None
    action: str
    reason: str | None
    until: datetime | None

    @property
    def item(self) -> Access:
        until = self.until and self.until.astimezone(UTC)
        return Access(
            occurred_at=self.occurred_at.astimezone(UTC),
            actor=self.actor,
            staff_id=self.staff_id,
            action=self.action,
            reason=self.reason,
            until=until,
        )


async def open_access(conn: Connection, person: UUID, reason: str, until: datetime, now: datetime) -> bool:
    """Open the admin's access. False if there is no such person."""
    params = {"person": person, "reason": reason, "until": until, "now": now}
    [(opened,)] = (await conn.run(OPEN_ACCESS, params)).rows
    return bool(opened)


async def view_person(conn: Connection, person: UUID, tables: Sequence[str], now: datetime) -> dict[str, Any] | None:
    """What support needs of a person, and record the look. None unless the admin's access is open."""
    [(view,)] = (await conn.run(VIEW_PERSON, {"person": person, "tables": list(tables), "now": now})).rows
    return view if isinstance(view, dict) else None


async def load_accesses(conn: Connection, after: Position, limit: int) -> list[AccessRow]:
    params = {"after_at": after[0], "after_id": after[1], "limit": limit}
    return (await conn.run(ACCESSES, params, AccessRow)).rows
