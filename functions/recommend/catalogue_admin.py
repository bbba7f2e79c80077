"""The catalogue as admins write it. Of what they change or delete, Postgres keeps the former version."""

import re
import unicodedata
from uuid import UUID

from functions.recommend import queries
from functions.recommend.errors import NothingToOffer
from functions.recommend.models import Content, ContentChange, ContentDraft
from shared.errors import NotFound
from shared.http import Call
from shared.ids import new_id

LONGEST_KEY = 60


async def create(call: Call[ContentDraft]) -> Content:
    content = Content(content_id=new_id(), version=1, hidden=False, **call.body.model_dump())
    _must_offer_something(content)
    queries.create(call.conn, content, key_for(content.kind, content.title, content.content_id))
    return content


async def change(call: Call[ContentChange]) -> Content:
    before = await queries.one(call.conn, call.id, to_change=True)
    if before is None:
        raise NotFound
    after = Content(**{**before.model_dump(), **call.body.model_dump(exclude_unset=True)})
    _must_offer_something(after)
    if after != before:
        after.version += 1
        queries.change(call.conn, after)
    return after


async def delete(call: Call) -> None:
    if not await queries.delete(call.conn, call.id):
        raise NotFound


def key_for(kind: str, title: str, content_id: UUID) -> str:
    """A name that people can read. The end of the id keeps it apart from others, in files as well."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    return "-".join([kind, *words])[:LONGEST_KEY].strip("-") + f"-{content_id.hex[-8:]}"


def _must_offer_something(content: Content) -> None:
    if not (content.body or content.url):
        raise NothingToOffer
