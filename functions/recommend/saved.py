"""The contents that a person saves for later."""

from typing import Any
from uuid import UUID

from functions.recommend import queries, taste_updates
from functions.recommend.models import SavedPage
from functions.recommend.taste_updates import Reaction
from shared.errors import NotFound
from shared.http import Call
from shared.http.paging import NEWEST_FIRST, PageQuery


async def load_page(call: Call[None, PageQuery]) -> SavedPage:
    items, cursor = await NEWEST_FIRST.page(
        call.query,
        str(call.person.id),
        lambda before, limit: queries.load_saved_page(call.conn, before, limit),
        lambda item: (item.saved_at, item.content_id),
    )
    return SavedPage(items=items, next_cursor=cursor)


async def save_content(call: Call[Any]) -> None:
    content_id: UUID = call.path["content_id"]
    saved = queries.insert_saved(call.conn, content_id, call.now)
    taste = taste_updates.queue_queries(call.conn, call.person.id, [content_id])
    if not await queries.load_existing_ids(call.conn, [content_id]):
        raise NotFound
    reactions = [Reaction(content_id, "save", call.now)] if saved.rows else []
    await taste_updates.store_reactions(call.conn, taste, reactions)


def unsave_content(call: Call[Any]) -> None:
    queries.delete_saved(call.conn, call.path["content_id"])
