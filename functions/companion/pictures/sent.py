"""Which pictures a model is sent, and their content."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from functions.companion.pictures import queries
from functions.companion.rules.context import MOST_PICTURES
from shared.ai.models import limits_of
from shared.ai.port import ModelMessage, ModelPicture
from shared.db import Connection
from shared.files.categories import MIB
from shared.files.port import FileNotStored, FileStore, FilesUnavailable, FileTooLarge, path_of

LARGEST = 2 * MIB  # bytes; a rendition has far less
CATEGORY = "attachments"


class SentPicture(NamedTuple):
    message: int  # its index in the request
    picture: UUID
    path: str


def models_that_see(models: Sequence[str]) -> tuple[str, ...]:
    """Those of the models that see pictures."""
    return tuple(name for name in models if limits_of(name).vision)


async def find_pictures(conn: Connection, person: UUID, attached: Sequence[tuple[int, UUID]]) -> list[SentPicture]:
    """Where the newest pictures are stored, without those that were deleted. `attached` has indexes of messages."""
    newest = attached[-MOST_PICTURES:]
    rows = await queries.load_pictures(conn, [id_ for _, id_ in newest]) if newest else {}
    return [
        SentPicture(index, id_, path_of(person, rows[id_].file))
        for index, id_ in newest
        if id_ in rows and rows[id_].is_rendered
    ]


async def with_pictures(
    store: FileStore, messages: Sequence[ModelMessage], pictures: Sequence[SentPicture]
) -> tuple[list[ModelMessage], list[UUID]]:
    """The messages with their pictures, and the ids of those. What cannot be read is left out.

    No transaction may be open.
    """
    contents = await asyncio.gather(*(_read(store, picture) for picture in pictures))
    filled, sent = list(messages), list[UUID]()
    for picture, content in zip(pictures, contents, strict=True):
        if content:
            message = filled[picture.message]
            filled[picture.message] = message._replace(pictures=[*message.pictures, content])
            sent.append(picture.picture)
    return filled, sent


async def _read(store: FileStore, picture: SentPicture) -> ModelPicture | None:
    try:
        content = await store.read(CATEGORY, picture.path, LARGEST)
    except (FileNotStored, FileTooLarge, FilesUnavailable):
        return None
    return ModelPicture(content.media_type, b64encode(content.body).decode())
