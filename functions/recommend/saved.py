"""What a person keeps for later."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from functions.recommend import queries, taste_updates
from functions.recommend.models import SavedPage, SavedQuery
from functions.recommend.taste_updates import Reaction
from shared.errors import NotFound
from shared.http import Call
from shared.http.paging import cursor_after, place_of

NEWEST = (datetime(2200, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))


async def page(call: Call[None, SavedQuery]) -> SavedPage:
    asked, whose = call.query, str(call.person.id)
    before = place_of(asked.cursor, whose, datetime.fromisoformat, UUID) if asked.cursor else NEWEST
    items = await queries.saved(call.conn, before, asked.limit + 1)
    more = len(items) > asked.limit
    items = items[: asked.limit]
    place = (items[-1].saved_at.isoformat(), items[-1].content_id) if more else None
    return SavedPage(items=items, next_cursor=cursor_after(place, whose) if place else None)


async def save(call: Call[Any]) -> None:
    content_id: UUID = call.path["content_id"]
    saved = queries.post_saved(call.conn, content_id, call.now)
    taste = taste_updates.post(call.conn, call.person.id, [content_id])
    if not await queries.known(call.conn, [content_id]):
        raise NotFound
    await taste_updates.keep(call.conn, taste, [Reaction(content_id, "save", call.now)] if saved.rows else [])


def unsave(call: Call[Any]) -> None:
    queries.unsave(call.conn, call.path["content_id"])
