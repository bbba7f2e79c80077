"""Lists what admins changed, for an audit: who, when, which row, and its values before and after."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import class_row

LIMIT = 50

ADMIN_ACTIONS: LiteralString = """
    SELECT occurred_at, user_id, action, table_name, before, after FROM mend.admin_actions ORDER BY id DESC LIMIT %s
"""


class AdminAction(NamedTuple):
    occurred_at: datetime
    user_id: UUID
    action: str
    table_name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    def lines(self) -> Iterator[str]:
        """One line for the action, and one for each column that it changed."""
        before, after = self.before or {}, self.after or {}
        row_id = (after or before).get("id")
        occurred_at = self.occurred_at.isoformat(timespec="seconds")
        yield f"{occurred_at}  {self.user_id}  {self.action}  {self.table_name}  {row_id}"
        for column in sorted(before.keys() | after.keys()):
            old, new = before.get(column), after.get(column)
            if old != new:
                yield f"  {column}: {json.dumps(old, ensure_ascii=False)} -> {json.dumps(new, ensure_ascii=False)}"


def latest(dsn: str) -> list[AdminAction]:
    """The latest actions, newest first. Only the owner of the database may read them."""
    with psycopg.connect(dsn) as conn, conn.cursor(row_factory=class_row(AdminAction)) as cursor:
        return cursor.execute(ADMIN_ACTIONS, (LIMIT,)).fetchall()
