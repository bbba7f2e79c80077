"""An upload: begun with a signed URL, uploaded, completed within ten minutes, and only then a file.

What is completed has been read and verified. What is not completed, or was deleted, is swept once its upload URL has
expired: until then whoever has that URL could upload again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import LiteralString, NamedTuple
from uuid import UUID

from shared.clock import utc_now
from shared.db import Connection
from shared.errors import Conflict, Invalid, TooManyRequests
from shared.files.categories import CATEGORIES, IMAGES, Category, category_of
from shared.files.content_type import matches
from shared.files.port import UPLOAD_FOR, FileNotStored, FileStore, FileTooLarge, path_of
from shared.ids import new_id

COMPLETE_WITHIN = timedelta(minutes=10)
SWEEP_AFTER = UPLOAD_FOR + timedelta(hours=1)
MOST_UNFINISHED = 20  # of one person, so that nobody fills the store with what is never completed

# Inserts nothing when too many uploads of the person are unfinished.
BEGIN: LiteralString = """
    INSERT INTO mend.files (id, user_id, category, media_type, begun_at)
    SELECT %(file)s, %(person)s, %(category)s, %(media_type)s, %(now)s
    WHERE (SELECT count(*) FROM mend.files WHERE user_id = %(person)s AND state = 'pending') < %(most)s
    RETURNING 1
"""
FIND: LiteralString = """
    SELECT id, user_id, category, media_type, state, size, sha256, begun_at FROM mend.files
    WHERE id = %(file)s AND user_id = %(person)s AND state <> 'deleted'
"""
FIND_LOCKED: LiteralString = FIND + " FOR UPDATE"
COMPLETE: LiteralString = """
    UPDATE mend.files SET state = 'complete', size = %(size)s, sha256 = %(sha256)s WHERE id = %(file)s
    RETURNING id, user_id, category, media_type, state, size, sha256, begun_at
"""
DELETE: LiteralString = "UPDATE mend.files SET state = 'deleted' WHERE id = %(file)s"
DELETE_ALL: LiteralString = "UPDATE mend.files SET state = 'deleted' WHERE user_id = %(person)s"
ORPHANS: LiteralString = """
    SELECT id, user_id, category, media_type, state, size, sha256, begun_at FROM mend.files
    WHERE state <> 'complete' AND begun_at < %(before)s
    ORDER BY begun_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
FORGET: LiteralString = "DELETE FROM mend.files WHERE id = ANY(%(files)s)"


class MediaTypeRefused(Invalid):
    """Files of this category may not have that media type."""

    code = "media_type_refused"


class FileRefused(Invalid):
    """The content of the file is not what its media type says."""

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


class FileRow(NamedTuple):
    id: UUID
    user_id: UUID
    category: str
    media_type: str
    state: str
    size: int | None  # like the digest, known once it is complete
    sha256: bytes | None
    begun_at: datetime

    @property
    def path(self) -> str:
        return path_of(self.user_id, self.id)


async def begin(conn: Connection, store: FileStore, person: UUID, category: str, media_type: str) -> Upload:
    """Begin an upload. Raises `MediaTypeRefused` or `TooManyUploads`."""
    if media_type not in category_of(category).media_types:
        raise MediaTypeRefused
    file, now = new_id(), utc_now()
    row = {"file": file, "person": person, "category": category, "media_type": media_type, "now": now}
    if not (await conn.run(BEGIN, {**row, "most": MOST_UNFINISHED})).rows:
        raise TooManyUploads
    url = await store.upload_url(category, path_of(person, file))
    return Upload(file, url, now + COMPLETE_WITHIN)


async def complete(conn: Connection, store: FileStore, person: UUID, file: UUID) -> FileRow:
    """Verify what was uploaded and make it a file; of a file that is complete already, return it.

    What does not pass is deleted from the store; the person may upload again until the ten minutes are over.
    The row stays locked meanwhile, so that of two completions one verifies and the other finds the result.
    """
    row = await _find(conn, FIND_LOCKED, person, file)
    if row.state == "complete":
        return row
    if utc_now() >= row.begun_at + COMPLETE_WITHIN:
        raise UploadExpired
    try:
        body = await _verified_body(store, row, category_of(row.category))
    except (FileTooLarge, FileRefused):
        await store.delete(row.category, [row.path])
        raise
    values = {"file": file, "size": len(body), "sha256": sha256(body).digest()}
    return (await _rows(conn, COMPLETE, values))[0]


async def read_url(conn: Connection, store: FileStore, person: UUID, file: UUID) -> str:
    """A URL that reads a complete file for ten minutes. All but images are saved, not shown."""
    row = await _find(conn, FIND, person, file)
    if row.state != "complete":
        raise FileNotStored
    return await store.read_url(row.category, row.path, download=row.media_type not in IMAGES)


async def delete(conn: Connection, store: FileStore, person: UUID, file: UUID) -> None:
    row = await _find(conn, FIND_LOCKED, person, file)
    conn.queue(DELETE, {"file": file})
    await store.delete(row.category, [row.path])


async def delete_all(conn: Connection, store: FileStore, person: UUID) -> None:
    """Delete everything of a person, by what the store holds and not by what is recorded.

    Upload URLs that they still have stay good for two hours: erasure repeats this after `SWEEP_AFTER`.
    """
    conn.queue(DELETE_ALL, {"person": person})
    for bucket in CATEGORIES:
        cursor: str | None = None
        while True:
            page = await store.list(bucket, person, cursor)
            if page.paths:
                await store.delete(bucket, page.paths)
            if (cursor := page.cursor) is None:
                break


async def sweep(conn: Connection, store: FileStore, at_most: int = 100) -> int:
    """Delete up to so many uploads that were never completed, and what is left of deleted files. Returns how many."""
    orphans = await _rows(conn, ORPHANS, {"before": utc_now() - SWEEP_AFTER, "limit": at_most})
    for bucket in {row.category for row in orphans}:
        await store.delete(bucket, [row.path for row in orphans if row.category == bucket])
    conn.queue(FORGET, {"files": [row.id for row in orphans]})
    return len(orphans)


async def _verified_body(store: FileStore, row: FileRow, category: Category) -> bytes:
    try:
        stored = await store.read(row.category, row.path, category.max_bytes)
    except FileNotStored:
        raise NothingUploaded from None
    if stored.media_type != row.media_type or not matches(row.media_type, stored.body):
        raise FileRefused
    return stored.body


async def _find(conn: Connection, sql: LiteralString, person: UUID, file: UUID) -> FileRow:
    rows = await _rows(conn, sql, {"person": person, "file": file})
    if not rows:
        raise FileNotStored
    return rows[0]


async def _rows(conn: Connection, sql: LiteralString, params: dict[str, object]) -> Sequence[FileRow]:
    return (await conn.run(sql, params, FileRow)).rows
