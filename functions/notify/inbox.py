"""The inbox: the notifications that a person has got, as a list."""

from functions.notify import queries
from functions.notify.models import Inbox, InboxQuery, ReadSelection, UnreadCount
from shared.events import emit
from shared.events.types import inbox_changed
from shared.http import Call
from shared.http.paging import NEWEST_FIRST


async def load_page(call: Call[None, InboxQuery]) -> Inbox:
    person, unread = call.person.id, call.query.unread
    items, cursor = await NEWEST_FIRST.page(
        call.query,
        (str(person), unread),
        lambda before, limit: queries.inbox_page(call.conn, person, before, limit, unread=unread),
        lambda item: (item.sent_at, item.notification_id),
    )
    return Inbox(items=items, next_cursor=cursor)


async def mark_read(call: Call[ReadSelection]) -> UnreadCount:
    queries.mark_read(call.conn, call.person.id, call.body.ids, call.now)
    emit(call.conn, [inbox_changed(call.person.id, call.now)])
    return UnreadCount(unread=await queries.unread_count(call.conn, call.person.id))
