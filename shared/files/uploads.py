"""The life of an upload: it begins with a signed URL, is completed within ten minutes, and only then is a file.

No function here holds a database connection while it waits for the store. The state of the row is committed before
content is deleted, and a final state never changes back, so that concurrent requests cannot delete a complete file.
A crash between the two steps leaves content without a file, which the sweep deletes.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, TypeVar
from uuid import UUID

from shared import locks, logs
from shared.clock import utc_now
from shared.db import SERVICE_ROLE, Connection, Database, Statement, person_role
from shared.errors import Conflict, Invalid, TooManyRequests
from shared.events import emit
from shared.events.types import picture_uploaded
from shared.files import queries
from shared.files.categories import CATEGORIES, IMAGES, MIB, category_of
from shared.files.content_type import matches
from shared.files.decoding_memory import decoding_memory
from shared.files.port import PAGE_SIZE, UPLOAD_FOR, FileNotStored, FileStore, FileTooLarge, StoredContent, path_of
from shared.files.queries import FileRow, Settlement
from shared.ids import new_id

R = TypeVar("R")

COMPLETE_WITHIN = timedelta(minutes=10)
SWEEP_AFTER = UPLOAD_FOR + timedelta(hours=1)  # until the upload URL expires, its holder can upload again
SETTLED_KEPT = timedelta(days=1, hours=1)  # rows of uploads that are no files: they count towards the day's quota
QUOTA_PERIOD, QUOTA_BYTES = timedelta(days=1), 100_000_000  # of one person
DECODING_BYTES = 96 * MIB  # memory for decoding a picture
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


class QuotaUsedUp(TooManyRequests):
    """You can upload 100 MB within a day. Try again tomorrow."""

    code = "upload_quota_used_up"


class Upload(NamedTuple):
    file: UUID
    url: str  # takes one PUT of the content, with the media type as its Content-Type
    complete_before: datetime


async def begin(database: Database, store: FileStore, person: UUID, category: str, media_type: str) -> Upload:
    """Sign an upload URL and record the upload. Raises `MediaTypeRefused`, `TooManyUploads` or `QuotaUsedUp`."""
    if category_of(category).public or media_type not in category_of(category).media_types:
        raise MediaTypeRefused
    row = _new_row(person, category, media_type)
    url = await store.upload_url(category, row.path)
    await _insert(database, row)
    return Upload(row.id, url, row.begun_at + COMPLETE_WITHIN)


async def save(database: Database, store: FileStore, person: UUID, category: str, body: bytes) -> FileRow:
    """Verify content that came through us, and make it a file. Its media type is what it is by its content.

    Raises `FileRefused` for other content, `TooManyUploads` or `QuotaUsedUp`.
    """
    media_types = sorted(category_of(category).media_types)
    media_type = await asyncio.to_thread(lambda: next((each for each in media_types if matches(each, body)), None))
    if media_type is None:
        raise FileRefused
    row, content = _new_row(person, category, media_type), StoredContent(media_type, body)
    settlement = await asyncio.to_thread(_judge, row, content)
    if settlement.state == "refused":
        raise FileRefused
    await _insert(database, row)
    await store.write(category, row.path, content)
    return await _file(database, store, await _settle(database, row, settlement), row.id)


def _new_row(person: UUID, category: str, media_type: str) -> FileRow:
    return FileRow(new_id(), person, category, media_type, "pending", None, None, utc_now())


async def _insert(database: Database, row: FileRow) -> None:
    async def insert(conn: Connection) -> bool:
        await _check_quota(conn, row.user_id, 1)
        return await queries.insert_file(conn, row, MOST_PENDING)

    if not await _transact(database, person_role(row.user_id), insert):
        raise TooManyUploads


async def _check_quota(conn: Connection, person: UUID, size: int) -> None:
    """Raise `QuotaUsedUp` if the person has not `size` bytes left."""
    if await queries.count_uploaded_bytes(conn, person, utc_now() - QUOTA_PERIOD) + size > QUOTA_BYTES:
        raise QuotaUsedUp


async def complete(
    database: Database, store: FileStore, person: UUID, file: UUID, content_id: UUID | None = None
) -> FileRow:
    """Verify what was uploaded and make it a file. Returns the file, also when it is complete already.

    Where the person has the same content already, the upload is deleted and that file is returned, unless it is the
    picture of an item of the catalogue. Once a picture has renditions, one of those is returned.

    Of concurrent calls the first one to commit decides, and all return its result. Raises `FileRefused` for content
    that does not pass, and deletes that content; `NothingUploaded`, `UploadExpired`, `QuotaUsedUp` or `FileNotStored`.
    """
    row = await _load(database, person, file)
    if row.state == "pending":
        if utc_now() >= row.begun_at + COMPLETE_WITHIN:
            raise UploadExpired
        settlement = await _verify(store, row)
        row = await _settle(database, row, settlement, content_id)
    return await _file(database, store, row, file)


async def _file(database: Database, store: FileStore, row: FileRow, upload: UUID) -> FileRow:
    """The file that a settled upload is, or that stands for it. Content that is not kept is deleted."""
    if row.state == "refused":
        await store.delete(row.category, [row.path])
        raise FileRefused
    if row.state != "replaced":
        return row
    same = _existing(
        await _transact(database, person_role(row.user_id), lambda conn: queries.load_same_file(conn, row, row.sha256))
    )
    await store.delete(row.category, [path_of(row.user_id, upload)])
    return same


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


async def delete_category(database: Database, store: FileStore, person: UUID, category: str) -> None:
    """Delete all files of a category. May be repeated; the sweep deletes the content that the store left."""
    rows = await _transact(
        database, person_role(person), lambda conn: queries.mark_category_deleted(conn, person, category)
    )
    await delete_content(store, rows)


async def delete_content(store: FileStore, rows: Sequence[FileRow]) -> None:
    """Delete the content of files of one category whose rows tell that they are no longer files."""
    for start in range(0, len(rows), PAGE_SIZE):
        await store.delete(rows[0].category, [row.path for row in rows[start : start + PAGE_SIZE]])


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
    """Delete, in batches, uploads that are no files: pending ones after `SWEEP_AFTER`, others after `SETTLED_KEPT`."""
    swept = 0
    while batch := await _sweep_batch(database, store, now):
        swept += batch
    logs.event("swept", table="mend.files", rows=swept)


async def _sweep_batch(database: Database, store: FileStore, now: datetime) -> int:
    rows = await _transact(
        database,
        SERVICE_ROLE,
        lambda conn: queries.unfinished_files(conn, now - SWEEP_AFTER, now - SETTLED_KEPT, PAGE_SIZE),
    )
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
    return await asyncio.to_thread(_judge, row, content)


def _judge(row: FileRow, content: StoredContent) -> Settlement:
    """Whether content is a file of its type, and a picture can be decoded in little memory."""
    if content.media_type != row.media_type or not matches(row.media_type, content.body):
        return Settlement("refused", len(content.body) or None)
    if row.media_type in IMAGES and decoding_memory(row.media_type, content.body) > DECODING_BYTES:
        return Settlement("refused", len(content.body))
    return Settlement("complete", len(content.body), sha256(content.body).digest())


async def _settle(database: Database, row: FileRow, settlement: Settlement, content_id: UUID | None = None) -> FileRow:
    """Settle a pending upload, and return its row: as this or another request has settled it."""

    async def settle(conn: Connection) -> FileRow | None:
        locks.lock(conn, "files", row.user_id)
        stored = await queries.load_file(conn, row.user_id, row.id)
        if stored is None or stored.state != "pending":
            return stored
        state = settlement.state
        if state == "complete":
            await _check_quota(conn, row.user_id, settlement.size or 0)
            if content_id is None and await queries.load_same_file(conn, row, settlement.sha256):
                state = "replaced"
            elif category_of(row.category).rendered and row.media_type in IMAGES:
                emit(conn, [picture_uploaded(row.user_id, utc_now(), file=row.id, content_id=content_id)])
        queries.settle_file(conn, row, settlement._replace(state=state))
        return await queries.load_file(conn, row.user_id, row.id)

    return _existing(await _transact(database, person_role(row.user_id), settle))


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
