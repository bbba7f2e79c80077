"""The renditions of an uploaded picture. They replace it: only they are read, and they have no metadata."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, TypeVar
from uuid import UUID

from shared import locks
from shared.clock import utc_now
from shared.db import Connection, Database, person_role
from shared.files import queries
from shared.files.categories import category_of
from shared.files.port import READ_FOR, FileNotStored, FileStore, StoredContent
from shared.files.queries import FileRow, Rendition
from shared.files.uploads import delete_content
from shared.ids import new_id

WEBP = "image/webp"
R = TypeVar("R")


class Picture(NamedTuple):
    original: UUID  # the id of its upload
    urls: Mapping[Rendition, str]
    urls_until: datetime


async def sign_urls(store: FileStore, rows: Sequence[FileRow]) -> Picture | None:
    """The picture with these renditions, or None if there are none."""
    until = utc_now() + READ_FOR
    urls = await asyncio.gather(*(store.read_url(row.category, row.path, download=False) for row in rows))
    by_rendition = {row.rendition: url for row, url in zip(rows, urls, strict=True) if row.rendition}
    original = next((row.original for row in rows), None)
    return Picture(original, by_rendition, until) if original else None


async def replace(database: Database, store: FileStore, original: FileRow, contents: Mapping[Rendition, bytes]) -> None:
    """Store the renditions in place of their original, and of what was uploaded before it where only the latest stays.

    A crash before the last transaction leaves pending rows, which the sweep deletes with their content.
    """
    rows = [_row(original, rendition, body) for rendition, body in contents.items()]
    async with database.service() as conn:
        queries.insert_renditions(conn, rows)
    for row, body in zip(rows, contents.values(), strict=True):
        await store.write(row.category, row.path, StoredContent(WEBP, body))

    async def settle(conn: Connection) -> list[FileRow]:
        locks.lock(conn, "files", original.user_id)
        if not await queries.settle_original(conn, original, "replaced"):
            queries.settle_renditions(conn, rows, "deleted")
            return rows
        only_latest = category_of(original.category).only_latest
        earlier = await queries.mark_earlier_deleted(conn, original) if only_latest else []
        queries.settle_renditions(conn, rows, "complete")
        return [original, *earlier]

    await delete_content(store, await in_service(database, settle))


async def refuse(database: Database, store: FileStore, original: FileRow) -> None:
    """Refuse a picture that cannot be decoded."""

    async def settle(conn: Connection) -> list[FileRow]:
        return [original] if await queries.settle_original(conn, original, "refused") else []

    await delete_content(store, await in_service(database, settle))


async def load(database: Database, person: UUID, category: str, picture: UUID) -> Sequence[FileRow]:
    """The complete files of a picture, by the id of its upload."""
    return await _as_person(database, person, lambda conn: queries.load_picture(conn, person, category, picture))


async def delete(database: Database, store: FileStore, person: UUID, category: str, picture: UUID) -> None:
    """Delete a picture with all its renditions. Raises `FileNotStored`."""
    rows = await _as_person(
        database, person, lambda conn: queries.mark_picture_deleted(conn, person, category, picture)
    )
    if not rows:
        raise FileNotStored
    await delete_content(store, rows)


async def load_original(database: Database, person: UUID, file: UUID) -> FileRow | None:
    """The upload, if it is complete and has no renditions yet."""
    row = await in_service(database, lambda conn: queries.load_file(conn, person, file))
    return row if row is not None and row.state == "complete" else None


def _row(original: FileRow, rendition: Rendition, body: bytes) -> FileRow:
    digest = sha256(body).digest()
    return FileRow(
        new_id(),
        original.user_id,
        original.category,
        WEBP,
        "pending",
        len(body),
        digest,
        utc_now(),
        rendition,
        original.id,
        original.sha256,
    )


async def _as_person(database: Database, person: UUID, work: Callable[[Connection], Awaitable[R]]) -> R:
    async def attempt() -> R:
        async with database.transaction(person_role(person)) as conn:
            return await work(conn)

    return await database.retry(attempt)


async def in_service(database: Database, work: Callable[[Connection], Awaitable[R]]) -> R:
    async def attempt() -> R:
        async with database.service() as conn:
            return await work(conn)

    return await database.retry(attempt)
