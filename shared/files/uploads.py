"""The life of an upload: it begins with a signed URL, is completed within ten minutes, and only then is a file.

No function here holds a database connection while it waits for the store. The state of the row is committed before
content is deleted, and a final state never changes back, so that concurrent requests cannot delete a complete file.
A crash between the two steps leaves content without a file, which the sweep deletes.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, TypeVar
from uuid import UUID

from shared import logs
from shared.clock import utc_now
from shared.db import SERVICE_ROLE, Connection, Database, Statement, person_role
from shared.errors import Conflict, Invalid, TooManyRequests
from shared.files import queries
from shared.files.categories import CATEGORIES, IMAGES, category_of
from shared.files.content_type import matches
from shared.files.port import PAGE_SIZE, UPLOAD_FOR, FileNotStored, FileStore, FileTooLarge
from shared.files.queries import FileRow, Settlement
from shared.ids import new_id

R = TypeVar("R")

COMPLETE_WITHIN = timedelta(minutes=10)
SWEEP_AFTER = UPLOAD_FOR + timedelta(hours=1)  # until the upload URL expires, its holder can upload again
MOST_PENDING = 20  # of one person: limits what the store holds of uploads that are never completed


class MediaTypeRefused(Invalid):
    """Files of this category may not have that media type."""

    code = "media_type_refused"


class FileRefused(Invalid):
    """The content is not what its media type says, or is too large. Begin a new upload."""

    code = "file_refused"


class NothingUploaded(Conflict):
    """Nothing has been uploaded yet. Upload the file, then complete it."""

    code = "nothing_uploaded"


class UploadExpired(Conflict):
    """An upload must be completed within ten minutes. Begin a new one."""

    code = "upload_expired"


class TooManyUploads(TooManyRequests):
    """Too many uploads are unfinished. Complete or delete some, or wait."""

    code = "too_many_uploads"


class Upload(NamedTuple):
    file: UUID
    url: str  # takes one PUT of the content, with the media type as its Content-Type
    complete_before: datetime


async def begin(database: Database, store: FileStore, person: UUID, category: str, media_type: str) -> Upload:
    """Sign an upload URL and record the upload. Raises `MediaTypeRefused` or `TooManyUploads`."""
    if media_type not in category_of(category).media_types:
        raise MediaTypeRefused
    row = FileRow(new_id(), person, category, media_type, "pending", None, None, utc_now())
    url = await store.upload_url(category, row.path)
    if not await _transact(database, person_role(person), lambda conn: queries.insert_file(conn, row, MOST_PENDING)):
        raise TooManyUploads
    return Upload(row.id, url, row.begun_at + COMPLETE_WITHIN)


async def complete(database: Database, store: FileStore, person: UUID, file: UUID) -> FileRow:
    """Verify what was uploaded and make it a file. Returns the file, also when it is complete already.

    Of concurrent calls the first one to commit decides, and all return its result. Raises `FileRefused` for content
    that does not pass, and deletes that content; `NothingUploaded`, `UploadExpired` or `FileNotStored`.
    """
    row = await _load(database, person, file)
    if row.state == "pending":
        if utc_now() >= row.begun_at + COMPLETE_WITHIN:
            raise UploadExpired
        settlement = await _verify(store, row)
        row = await _settle(database, row, settlement)
    if row.state == "refused":
        await store.delete(row.category, [row.path])
        raise FileRefused
    return row


async def read_url(database: Database, store: FileStore, person: UUID, file: UUID) -> str:
    """A URL that reads a complete file for ten minutes. Browsers show images and save everything else."""
    row = await _load(database, person, file)
    if row.state != "complete":
        raise FileNotStored
    return await store.read_url(row.category, row.path, download=row.media_type not in IMAGES)


async def delete(database: Database, store: FileStore, person: UUID, file: UUID) -> None:
    """Delete a file. May be repeated, when the store was away the first time. Raises `FileNotStored`."""
    row = await _transact(database, person_role(person), lambda conn: queries.mark_deleted(conn, person, file))
    if row is None:
        raise FileNotStored
    await store.delete(row.category, [row.path])


async def delete_all(database: Database, store: FileStore, person: UUID) -> None:
    """Delete everything that the store holds of a person, recorded or not.

    Upload URLs that they still have stay valid for two hours: erasure repeats this after `SWEEP_AFTER`.
    """
    await _transact(database, SERVICE_ROLE, lambda conn: queries.mark_all_deleted(conn, person))
    for bucket in CATEGORIES:
        async for paths in _stored_paths(store, bucket, person):
            await store.delete(bucket, paths)


async def count_all(store: FileStore, person: UUID) -> dict[str, int]:
    """How many files the store holds of a person, by bucket."""
    return {bucket: sum([len(paths) async for paths in _stored_paths(store, bucket, person)]) for bucket in CATEGORIES}


async def _stored_paths(store: FileStore, bucket: str, person: UUID) -> AsyncIterator[list[str]]:
    """The paths of a person's files, page by page."""
    cursor: str | None = None
    while True:
        page = await store.list(bucket, person, cursor)
        if page.paths:
            yield page.paths
        if (cursor := page.cursor) is None:
            break


async def sweep(database: Database, store: FileStore, now: datetime) -> None:
    """Delete, in batches, uploads that began more than `SWEEP_AFTER` ago and are not complete files."""
    swept = 0
    while batch := await _sweep_batch(database, store, now - SWEEP_AFTER):
        swept += batch
    logs.event("swept", table="mend.files", rows=swept)


async def _sweep_batch(database: Database, store: FileStore, before: datetime) -> int:
    rows = await _transact(database, SERVICE_ROLE, lambda conn: queries.unfinished_files(conn, before, PAGE_SIZE))
    for bucket in {row.category for row in rows}:
        await store.delete(bucket, [row.path for row in rows if row.category == bucket])
    await _transact(database, SERVICE_ROLE, lambda conn: queries.delete_unfinished(conn, [row.id for row in rows]))
    return len(rows)


async def _verify(store: FileStore, row: FileRow) -> Settlement:
    try:
        content = await store.read(row.category, row.path, category_of(row.category).max_bytes)
    except FileNotStored:
        raise NothingUploaded from None
    except FileTooLarge:
        return Settlement("refused")
    if content.media_type != row.media_type or not matches(row.media_type, content.body):
        return Settlement("refused")
    return Settlement("complete", len(content.body), sha256(content.body).digest())


async def _settle(database: Database, row: FileRow, settlement: Settlement) -> FileRow:
    role = person_role(row.user_id)
    return _existing(await _transact(database, role, lambda conn: queries.settle_file(conn, row, settlement)))


async def _load(database: Database, person: UUID, file: UUID) -> FileRow:
    return _existing(await _transact(database, person_role(person), lambda conn: queries.load_file(conn, person, file)))


def _existing(row: FileRow | None) -> FileRow:
    """The row, or `FileNotStored` where there is none or it is deleted."""
    if row is None or row.state == "deleted":
        raise FileNotStored
    return row


async def _transact(database: Database, role: Statement, work: Callable[[Connection], Awaitable[R]]) -> R:
    """What `work` returns from a transaction in that role. It runs again if it loses a race."""

    async def attempt() -> R:
        async with database.transaction(role) as conn:
            return await work(conn)

    return await database.retry(attempt)
