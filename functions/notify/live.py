"""The inbox as a live document."""

from datetime import timedelta
from uuid import UUID

from pydantic import JsonValue

from functions.notify import queries
from shared import locks
from shared.clock import utc_now
from shared.db import Connection
from shared.http.paging import NEWEST_FIRST
from shared.services import services

NAME = "inbox"
LATEST = 10
LIFETIME = timedelta(days=30)


async def update(conn: Connection, person: UUID) -> None:
    """Rebuild the document from Postgres, so late and duplicate events give the same result."""
    # Two events may be handled at once. Without the lock, the one that read older rows could write last.
    locks.lock(conn, "inbox", person)
    unread = await queries.unread_count(conn, person)
    items = await queries.inbox_page(conn, person, NEWEST_FIRST.start, LATEST, unread=False)
    latest: list[JsonValue] = [
        {
            "notification_id": str(item.notification_id),
            "kind": item.kind,
            "title": item.title,
            "link": item.link,
            "sent_at": item.sent_at.isoformat(),
            "read": item.read_at is not None,
        }
        for item in items
    ]
    await services().live.put(conn, person, NAME, {"unread": unread, "latest": latest}, utc_now() + LIFETIME)
