"""Reads the catalogue: one item in its current or a former version, and pages of items."""

from functions.recommend import catalogue_queries, queries
from functions.recommend.models import CatalogueQuery, Content, ContentPage, VersionQuery
from shared.errors import NotFound
from shared.http import Call
from shared.http.paging import BEST_FIRST
from shared.safety.guide import WORRIED_ABOUT_SOMEONE, is_searched


async def load_content(call: Call[None, VersionQuery]) -> Content:
    """The current or a former version. Former ones stay readable when the item is deleted, for lists shown earlier."""
    version = call.query.version
    content = await queries.load_content(call.conn, call.id)
    if version and not (content and content.version == version):
        content = await queries.load_former_version(call.conn, call.id, version)
    if content is None:
        raise NotFound
    return content


async def load_page(call: Call[None, CatalogueQuery]) -> ContentPage:
    """The catalogue, or what a search finds in it. With support, and in a care period, its items are gentle."""
    query, in_danger = call.query, call.support is not None
    ranked, cursor = await BEST_FIRST.page(
        query,
        (str(call.person.id), query.q, query.kind, query.mood),
        lambda before, limit: catalogue_queries.load_content_page(
            call.conn, query, before, limit, call.now, in_danger=in_danger
        ),
        lambda item: (item.rank, item.content_id),
    )
    page = ContentPage(items=[*ranked], next_cursor=cursor)
    if query.q and is_searched(query.q):
        page = page.model_copy(update={"guide": WORRIED_ABOUT_SOMEONE})
    return page
