"""Changes of the catalogue by admins. A trigger stores the former version of an item."""

import re
import unicodedata
from uuid import UUID

from functions.recommend import queries
from functions.recommend.errors import BodyOrUrlRequired
from functions.recommend.models import Content, ContentChange, ContentDraft
from shared.errors import NotFound
from shared.http import Call
from shared.ids import new_id

MAX_KEY_LENGTH = 60


async def create_content(call: Call[ContentDraft]) -> Content:
    content = Content(content_id=new_id(), version=1, hidden=False, **call.body.model_dump())
    _check_body_or_url(content)
    queries.insert_content(call.conn, content, key_for(content.kind, content.title, content.content_id))
    return content


async def change_content(call: Call[ContentChange]) -> Content:
    before = await queries.load_content(call.conn, call.id, for_update=True)
    if before is None:
        raise NotFound
    after = Content(**{**before.model_dump(), **call.body.model_dump(exclude_unset=True)})
    _check_body_or_url(after)
    if after != before:
        after.version += 1
        queries.update_content(call.conn, after)
    return after


async def delete_content(call: Call) -> None:
    if not await queries.delete_content(call.conn, call.id):
        raise NotFound


def key_for(kind: str, title: str, content_id: UUID) -> str:
    """A readable key. The last digits of the id make it unique."""
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", ascii_title)
    return "-".join([kind, *words])[:MAX_KEY_LENGTH].strip("-") + f"-{content_id.hex[-8:]}"


def _check_body_or_url(content: Content) -> None:
    if not (content.body or content.url):
        raise BodyOrUrlRequired
