"""The catalogue as a person reads it: an item, now or as it was, and pages of what they look for."""

from math import inf
from typing import Any
from uuid import UUID

from functions.recommend import queries
from functions.recommend.models import CatalogueQuery, Content, ContentPage, VersionQuery
from shared.errors import NotFound
from shared.http import Call
from shared.http.paging import cursor_after, place_of

TOP = (inf, UUID(int=2**128 - 1))


async def one(call: Call[None, VersionQuery]) -> Content:
    """A former version can be read even when the item has been deleted since: it may have been shown to somebody."""
    version = call.query.version
    content = await queries.one(call.conn, call.id)
    if version and not (content and content.version == version):
        content = await queries.former(call.conn, call.id, version)
    if content is None:
        raise NotFound
    return content


async def page(call: Call[None, CatalogueQuery]) -> ContentPage:
    asked = call.query
    here: Any = (str(call.person.id), asked.q, asked.kind, asked.mood)
    before = place_of(asked.cursor, here, float, UUID) if asked.cursor else TOP
    ranked = await queries.page(call.conn, asked, before, asked.limit + 1)
    more = len(ranked) > asked.limit
    ranked = ranked[: asked.limit]
    cursor = cursor_after((ranked[-1].rank, ranked[-1].content_id), here) if more else None
    return ContentPage(items=[*ranked], next_cursor=cursor)
