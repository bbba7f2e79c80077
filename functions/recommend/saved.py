"""What a person keeps for later."""

from typing import Any
from uuid import UUID

from functions.recommend import queries, taste_updates
from functions.recommend.models import SavedPage
from functions.recommend.taste_updates import Reaction
from shared.errors import NotFound
from shared.http import Call
from shared.http.paging import NEWEST_FIRST, PageQuery


async def page(call: Call[None, PageQuery]) -> SavedPage:
    items, cursor = await NEWEST_FIRST.page(
        call.query,
        str(call.person.id),
        lambda before, limit: queries.saved(call.conn, before, limit),
        lambda item: (item.saved_at, item.content_id),
    )
    return SavedPage(items=items, next_cursor=cursor)


async def save(call: Call[Any]) -> None:
    content_id: UUID = call.path["content_id"]
    saved = queries.queue_saved(call.conn, content_id, call.now)
    taste = taste_updates.queue(call.conn, call.person.id, [content_id])
    if not await queries.known(call.conn, [content_id]):
        raise NotFound
    await taste_updates.keep(call.conn, taste, [Reaction(content_id, "save", call.now)] if saved.rows else [])


def unsave(call: Call[Any]) -> None:
    queries.unsave(call.conn, call.path["content_id"])
