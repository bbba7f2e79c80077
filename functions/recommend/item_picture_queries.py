"""The SQL of the pictures that admins give to items that are not from a provider."""

from typing import LiteralString, NamedTuple
from uuid import UUID

from shared.db import Connection

OWN_ITEM: LiteralString = """
    SELECT image_url FROM public.content WHERE id = %(id)s AND deleted_at IS NULL AND provider IS NULL
"""
REMOVE_PICTURE: LiteralString = """
    UPDATE public.content SET image_url = NULL, thumbnail_url = NULL, updated_at = now() WHERE id = %(id)s
"""


class OwnItem(NamedTuple):
    image_url: str | None  # None: it is shown with a drawing


async def load_own_item(conn: Connection, content_id: UUID) -> OwnItem | None:
    return (await conn.run(OWN_ITEM, {"id": content_id}, OwnItem)).first


async def remove_picture(conn: Connection, content_id: UUID) -> None:
    await conn.run(REMOVE_PICTURE, {"id": content_id})
