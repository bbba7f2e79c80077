"""The inbox: what a person was told, as a list."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from functions.notify import queries
from functions.notify.models import Inbox, InboxQuery, ReadDraft, Unread
from shared.events import emit
from shared.events.types import inbox_changed
from shared.http import Call
from shared.http.paging import cursor_after, place_of

NEWEST = (datetime(2200, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))


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
    emit(call.conn, [inbox_changed(call.person.id, call.now)])
    return Unread(unread=await queries.unread(call.conn, call.person.id))
