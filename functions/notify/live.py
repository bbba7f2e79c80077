"""The inbox as a live document."""

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import JsonValue

from functions.notify import queries
from shared.db import Connection
from shared.http.paging import NEWEST_FIRST
from shared.live.refresh import LiveDocument, LiveRefresher

DOCUMENT_NAME = "inbox"
LATEST = 10
LIFETIME = timedelta(days=30)


async def build(conn: Connection, person: UUID, now: datetime) -> LiveDocument:
    """The person's latest notifications, and how many of all are unread."""
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
    return LiveDocument({"unread": unread, "latest": latest}, now + LIFETIME)


documents = LiveRefresher({DOCUMENT_NAME: build})
