"""The inbox: what a person was told, as a list and as a live document."""

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import JsonValue

from functions.notify import queries
from functions.notify.models import Inbox, InboxQuery, ReadDraft, Unread
from shared.clock import utc_now
from shared.db import Connection
from shared.events import Event, emit
from shared.http import Call
from shared.http.paging import NEWEST_FIRST
from shared.services import services

LIVE = "inbox"
SHOWN_LIVE = 10
KEPT_LIVE = timedelta(days=30)


async def page(call: Call[None, InboxQuery]) -> Inbox:
    person, unread = call.person.id, call.query.unread
    items, cursor = await NEWEST_FIRST.page(
        call.query,
        (str(person), unread),
        lambda before, limit: queries.inbox(call.conn, person, before, limit, unread=unread),
        lambda item: (item.told_at, item.notification_id),
    )
    return Inbox(items=items, next_cursor=cursor)


async def read(call: Call[ReadDraft]) -> Unread:
    queries.read(call.conn, call.person.id, call.body.ids, call.now)
    emit(call.conn, [changed(call.person.id, call.now)])
    return Unread(unread=await queries.unread(call.conn, call.person.id))


def changed(person: UUID, now: datetime) -> Event:
    return Event(type="inbox.changed", user_id=person, occurred_at=now)


async def show(conn: Connection, person: UUID) -> None:
    """Written from the record: late and repeated events end in the same document."""
    queries.one_at_a_time(conn, person)
    unread = await queries.unread(conn, person)
    latest = await queries.inbox(conn, person, NEWEST_FIRST.start, SHOWN_LIVE, unread=False)
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
