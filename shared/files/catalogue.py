"""The picture of an item of the catalogue: its renditions in a public bucket, by URLs that never change.

An upload has the paths `{upload}/large`, `/medium` and `/small`. A new picture has new URLs, so that caches may keep
them.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import get_args
from uuid import UUID

from shared import locks
from shared.connection import Connection
from shared.db import Database
from shared.files import queries
from shared.files.port import AlreadyStored, FileStore, StoredContent
from shared.files.queries import FileRow, Rendition
from shared.files.renditions import WEBP, in_service
from shared.files.uploads import delete_content

BUCKET = "catalogue"


async def publish(
    database: Database, store: FileStore, original: FileRow, content_id: UUID, contents: Mapping[Rendition, bytes]
) -> None:
    """Make the renditions the picture of the item, in place of an earlier one. The original is deleted.

    It may be repeated: the paths are the same. Where the item is gone, what was written is deleted again.
    """
    urls = picture_urls(store, original.id)
    for rendition, body in contents.items():
        with suppress(AlreadyStored):
            await store.write(BUCKET, _path(original.id, rendition), StoredContent(WEBP, body))

    async def settle(conn: Connection) -> tuple[bool, str | None]:
        locks.lock(conn, "files", original.user_id)
        if not await queries.settle_original(conn, original, "replaced"):
            return await queries.has_picture(conn, content_id, urls["large"]), None
        return await queries.set_picture(conn, content_id, urls["large"], urls["small"])

    is_shown, earlier = await in_service(database, settle)
    await delete_content(store, [original])
    if not is_shown:
        await delete_picture(store, urls["large"])
    elif earlier and earlier != urls["large"]:
        await delete_picture(store, earlier)


async def delete_picture(store: FileStore, url: str) -> None:
    """Delete the renditions with that URL, if it is one of ours."""
    if paths := _paths_of(store, url):
        await store.delete(BUCKET, paths)


def picture_urls(store: FileStore, upload: UUID) -> Mapping[Rendition, str]:
    return {rendition: store.public_url(BUCKET, _path(upload, rendition)) for rendition in get_args(Rendition)}


def _paths_of(store: FileStore, url: str) -> Sequence[str]:
    folder = store.public_url(BUCKET, "")
    if not url.startswith(folder):
        return ()
    return [_path(UUID(url.removeprefix(folder).partition("/")[0]), rendition) for rendition in get_args(Rendition)]


def _path(upload: UUID, rendition: Rendition) -> str:
    return f"{upload}/{rendition}"
