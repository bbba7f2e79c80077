"""The inbox: what a person was told, as a list and as a live document."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import JsonValue

from functions.notify import queries
from functions.notify.models import Inbox, InboxQuery, ReadDraft, Unread
from shared import locks
from shared.clock import utc_now
from shared.db import Connection
from shared.events import Event, emit
from shared.http import Call
from shared.http.paging import cursor_after, place_of
from shared.services import services

NEWEST = (datetime(2200, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))
LIVE = "inbox"
SHOWN_LIVE = 10
KEPT_LIVE = timedelta(days=30)


async def page(call: Call[None, InboxQuery]) -> Inbox:
    asked: Any = (str(call.person.id), call.query.unread)
    before = place_of(call.query.cursor, asked, datetime.fromisoformat, UUID) if call.query.cursor else NEWEST
    limit = call.query.limit
    items = await queries.inbox(call.conn, call.person.id, before, limit + 1, unread=call.query.unread)
    more = len(items) > limit
    items = items[:limit]
    place = (items[-1].told_at.isoformat(), items[-1].notification_id) if more else None
    return Inbox(items=items, next_cursor=cursor_after(place, asked) if place else None)


async def read(call: Call[ReadDraft]) -> Unread:
    queries.read(call.conn, call.person.id, call.body.ids, call.now)
    emit(call.conn, [changed(call.person.id, call.now)])
    return Unread(unread=await queries.unread(call.conn, call.person.id))


def changed(person: UUID, now: datetime) -> Event:
    return Event(type="inbox.changed", user_id=person, occurred_at=now)


async def show(conn: Connection, person: UUID) -> None:
    """Written from the record: late and repeated events end in the same document."""
    # Of two events at once the later one must not write what it read before the earlier one was done.
    locks.lock(conn, "inbox", person)
    unread = await queries.unread(conn, person)
    latest = await queries.inbox(conn, person, NEWEST, SHOWN_LIVE, unread=False)
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
    await services().live.put(conn, person, LIVE, {"unread": unread, "latest": shown}, utc_now() + KEPT_LIVE)
