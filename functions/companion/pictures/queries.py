"""The SQL of pictures. It runs as the person, whose id is `mend.uid()`."""

from collections.abc import Sequence
from typing import LiteralString, NamedTuple
from uuid import UUID

from shared.db import Connection
from shared.files.categories import IMAGES

# The large rendition of a picture, or the upload itself while it has none.
PICTURES: LiteralString = """
    SELECT coalesce(f.original, f.id) AS picture, f.id AS file, f.rendition IS NOT NULL AS is_rendered
    FROM mend.files AS f
    WHERE f.user_id = mend.uid() AND f.category = 'attachments' AND f.state = 'complete'
      AND f.media_type = ANY(%(images)s)
      AND ((f.rendition = 'large' AND f.original = ANY(%(ids)s)) OR (f.rendition IS NULL AND f.id = ANY(%(ids)s)))
"""
# Pictures of a conversation that no message of another one has. The sweep of files deletes their content.
DELETE_PICTURES: LiteralString = """
    UPDATE mend.files AS f SET state = 'deleted'
    WHERE f.user_id = mend.uid() AND f.category = 'attachments' AND f.state = 'complete'
      AND coalesce(f.original, f.id) IN (
          SELECT unnest(m.attachments) FROM public.conversation_messages AS m
          WHERE m.user_id = mend.uid() AND m.conversation_id = %(conversation)s
          EXCEPT
          SELECT unnest(o.attachments) FROM public.conversation_messages AS o
          WHERE o.user_id = mend.uid() AND o.conversation_id <> %(conversation)s
      )
"""


class PictureRow(NamedTuple):
    picture: UUID  # the id of the upload
    file: UUID
    is_rendered: bool


async def load_pictures(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, PictureRow]:
    """Those of the pictures that the person has, by their ids."""
    rows = (await conn.run(PICTURES, {"ids": list(ids), "images": list(IMAGES)}, PictureRow)).rows
    return {row.picture: row for row in rows}


def delete_pictures(conn: Connection, conversation: UUID) -> None:
    conn.queue(DELETE_PICTURES, {"conversation": conversation})
