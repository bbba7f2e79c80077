"""The catalogue as a person reads it: an item, now or as it was, and pages of what they look for."""

from functions.recommend import queries
from functions.recommend.models import CatalogueQuery, Content, ContentPage, VersionQuery
from shared.errors import NotFound
from shared.http import Call
from shared.http.paging import BEST_FIRST


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
    query = call.query
    ranked, cursor = await BEST_FIRST.page(
        query,
        (str(call.person.id), query.q, query.kind, query.mood),
        lambda before, limit: queries.page(call.conn, query, before, limit),
        lambda item: (item.rank, item.content_id),
    )
    return ContentPage(items=[*ranked], next_cursor=cursor)
