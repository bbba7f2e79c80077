"""The inbox as a live document that the app listens to."""

from datetime import timedelta
from uuid import UUID

from pydantic import JsonValue

from functions.notify import queries
from shared import locks
from shared.clock import utc_now
from shared.db import Connection
from shared.http.paging import NEWEST_FIRST
from shared.services import services

DOCUMENT_NAME = "inbox"
LATEST = 10
KEPT = timedelta(days=30)


async def update(conn: Connection, person: UUID) -> None:
    """Write the document anew from the record: late and repeated events end in the same one."""
    # Of two events at once the later one must not write what it read before the earlier one was done.
    locks.lock(conn, "inbox", person)
    unread = await queries.unread(conn, person)
    latest = await queries.inbox(conn, person, NEWEST_FIRST.start, LATEST, unread=False)
    shown: list[JsonValue] = [
        {
            "notification_id": str(item.notification_id),
            "kind": item.kind,
            "title": item.title,
            "link": item.link,
            "told_at": item.told_at.isoformat(),
            "read": item.read_at is not None,
        }
        for item in latest
    ]
    await services().live.put(conn, person, DOCUMENT_NAME, {"unread": unread, "latest": shown}, utc_now() + KEPT)
