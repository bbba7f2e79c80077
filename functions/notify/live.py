"""The inbox as a live document that the app listens to."""

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import JsonValue

from functions.notify import queries
from shared.db import Connection
from shared.http.paging import NEWEST_FIRST
from shared.live.refresh import LiveDocument, LiveRefresher

DOCUMENT_NAME = "inbox"
LATEST = 10
KEPT = timedelta(days=30)


async def build(conn: Connection, person: UUID, now: datetime) -> LiveDocument:
    """The person's latest messages, and how many of all they have not read."""
    unread = await queries.unread(conn, person)
    latest = await queries.inbox(conn, person, NEWEST_FIRST.start, LATEST, unread=False)
    messages: list[JsonValue] = [
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
    return LiveDocument({"unread": unread, "latest": messages}, now + KEPT)


documents = LiveRefresher({DOCUMENT_NAME: build})
