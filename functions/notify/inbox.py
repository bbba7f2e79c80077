"""The inbox: what a person was told, as a list."""

from functions.notify import queries
from functions.notify.models import Inbox, InboxQuery, ReadDraft, Unread
from shared.events import emit
from shared.events.types import inbox_changed
from shared.http import Call
from shared.http.paging import NEWEST_FIRST


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
    emit(call.conn, [inbox_changed(call.person.id, call.now)])
    return Unread(unread=await queries.unread(call.conn, call.person.id))
