"""The rows of uploads in `mend.files`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, LiteralString, NamedTuple, TypeAlias
from uuid import UUID

from shared.connection import Connection
from shared.files.port import path_of

# A file is `complete`. `replaced`: another file stands for it, an equal one or its renditions. `refused`, `deleted` and
# `replaced` are final: content that appears at such a path later is never a file.
State: TypeAlias = Literal["pending", "complete", "refused", "deleted", "replaced"]

_FILES: LiteralString = """
    SELECT id, user_id, category, media_type, state, size, sha256, begun_at, rendition, original, original_sha256
    FROM mend.files
"""
# Inserts nothing when too many uploads of the person are pending.
INSERT_FILE: LiteralString = """
    INSERT INTO mend.files (id, user_id, category, media_type, begun_at)
    SELECT %(id)s, %(user_id)s, %(category)s, %(media_type)s, %(begun_at)s
    WHERE (
        SELECT count(*) FROM mend.files WHERE user_id = %(user_id)s AND state = 'pending' AND rendition IS NULL
    ) < %(most_pending)s
    RETURNING 1
"""
FILE: LiteralString = _FILES + "WHERE id = %(file)s AND user_id = %(person)s"
# A file of the person with the same content, or the renditions of one.
SAME_FILES: LiteralString = (
    _FILES
    + """
    WHERE user_id = %(user_id)s AND category = %(category)s AND state = 'complete'
      AND coalesce(original_sha256, sha256) = %(sha256)s
"""
)
UPLOADED_BYTES: LiteralString = """
    SELECT coalesce(sum(size), 0) FROM mend.files
    WHERE user_id = %(person)s AND rendition IS NULL AND begun_at > %(since)s
"""
SETTLE_FILE: LiteralString = """
    UPDATE mend.files SET state = %(state)s, size = %(size)s, sha256 = %(sha256)s
    WHERE id = %(file)s AND user_id = %(person)s
"""
MARK_DELETED: LiteralString = """
    UPDATE mend.files SET state = 'deleted' WHERE id = %(file)s AND user_id = %(person)s
    RETURNING id, user_id, category, media_type, state, size, sha256, begun_at, rendition, original, original_sha256
"""
MARK_CATEGORY_DELETED: LiteralString = """
    UPDATE mend.files SET state = 'deleted'
    WHERE user_id = %(person)s AND category = %(category)s
    RETURNING id, user_id, category, media_type, state, size, sha256, begun_at, rendition, original, original_sha256
"""
MARK_ALL_DELETED: LiteralString = "UPDATE mend.files SET state = 'deleted' WHERE user_id = %(person)s"
# An upload and its renditions.
PICTURE: LiteralString = (
    _FILES
    + """
    WHERE user_id = %(person)s AND category = %(category)s AND state = 'complete'
      AND (id = %(picture)s OR original = %(picture)s)
"""
)
MARK_PICTURE_DELETED: LiteralString = """
    UPDATE mend.files SET state = 'deleted'
    WHERE user_id = %(person)s AND category = %(category)s AND state IN ('pending', 'complete')
      AND (id = %(picture)s OR original = %(picture)s)
    RETURNING id, user_id, category, media_type, state, size, sha256, begun_at, rendition, original, original_sha256
"""
UNFINISHED_FILES: LiteralString = (
    _FILES
    + """
    WHERE (state = 'pending' AND begun_at < %(pending_before)s)
       OR (state NOT IN ('pending', 'complete') AND begun_at < %(settled_before)s)
    ORDER BY begun_at LIMIT %(limit)s
"""
)
DELETE_UNFINISHED: LiteralString = "DELETE FROM mend.files WHERE id = ANY(%(files)s) AND state <> 'complete'"

INSERT_RENDITION: LiteralString = """
    INSERT INTO mend.files (id, user_id, category, media_type, size, sha256, begun_at, rendition, original,
        original_sha256)
    VALUES (%(id)s, %(user_id)s, %(category)s, %(media_type)s, %(size)s, %(sha256)s, %(begun_at)s, %(rendition)s,
        %(original)s, %(original_sha256)s)
"""
# Changes nothing when the original was deleted meanwhile.
SETTLE_ORIGINAL: LiteralString = """
    UPDATE mend.files SET state = %(state)s WHERE id = %(file)s AND user_id = %(person)s AND state = 'complete'
    RETURNING 1
"""
SETTLE_RENDITIONS: LiteralString = "UPDATE mend.files SET state = %(state)s WHERE id = ANY(%(files)s)"
# What came before an upload of the same category.
MARK_EARLIER_DELETED: LiteralString = """
    UPDATE mend.files SET state = 'deleted'
    WHERE user_id = %(person)s AND category = %(category)s AND state = 'complete'
      AND coalesce(original, id) < %(file)s
    RETURNING id, user_id, category, media_type, state, size, sha256, begun_at, rendition, original, original_sha256
"""
RENDITIONS: LiteralString = (
    _FILES
    + """
    WHERE user_id = %(person)s AND category = %(category)s AND state = 'complete' AND rendition IS NOT NULL
"""
)

# Where the item is one of ours and there, returns the address of its earlier picture.
SET_PICTURE: LiteralString = """
    UPDATE public.content AS c SET image_url = %(large)s, thumbnail_url = %(small)s, updated_at = now()
    FROM (
        SELECT id, image_url FROM public.content
        WHERE id = %(content_id)s AND deleted_at IS NULL AND provider IS NULL
        FOR UPDATE
    ) AS earlier
    WHERE c.id = earlier.id
    RETURNING earlier.image_url
"""
HAS_PICTURE: LiteralString = "SELECT 1 FROM public.content WHERE id = %(content_id)s AND image_url = %(large)s"

Rendition: TypeAlias = Literal["large", "medium", "small"]


class FileRow(NamedTuple):
    id: UUID
    user_id: UUID
    category: str
    media_type: str
    state: State
    size: int | None  # this and the digest are set when the upload is complete
    sha256: bytes | None
    begun_at: datetime
    rendition: Rendition | None = None  # the last three are set for renditions of a picture
    original: UUID | None = None  # the id of its upload
    original_sha256: bytes | None = None

    @property
    def path(self) -> str:
        return path_of(self.user_id, self.id)


class Settlement(NamedTuple):
    """What verification found. The digest is None for refused content."""

    state: State
    size: int | None = None
    sha256: bytes | None = None


async def insert_file(conn: Connection, row: FileRow, most_pending: int) -> bool:
    """Whether the upload was recorded: False if the person has `most_pending` uploads already."""
    return bool((await conn.run(INSERT_FILE, {**row._asdict(), "most_pending": most_pending})).rows)


async def load_file(conn: Connection, person: UUID, file: UUID) -> FileRow | None:
    return (await conn.run(FILE, {"person": person, "file": file}, FileRow)).first


async def load_same_file(conn: Connection, row: FileRow, sha256: bytes | None) -> FileRow | None:
    """A complete file of the person and category with this content, or one of its renditions."""
    return (await conn.run(SAME_FILES, {**row._asdict(), "sha256": sha256}, FileRow)).first


async def count_uploaded_bytes(conn: Connection, person: UUID, since: datetime) -> int:
    [(uploaded,)] = (await conn.run(UPLOADED_BYTES, {"person": person, "since": since})).rows
    return int(uploaded)


def settle_file(conn: Connection, row: FileRow, settlement: Settlement) -> None:
    conn.queue(SETTLE_FILE, {"file": row.id, "person": row.user_id, **settlement._asdict()})


async def mark_deleted(conn: Connection, person: UUID, file: UUID) -> FileRow | None:
    return (await conn.run(MARK_DELETED, {"person": person, "file": file}, FileRow)).first


async def mark_category_deleted(conn: Connection, person: UUID, category: str) -> Sequence[FileRow]:
    return (await conn.run(MARK_CATEGORY_DELETED, {"person": person, "category": category}, FileRow)).rows


async def mark_all_deleted(conn: Connection, person: UUID) -> None:
    await conn.run(MARK_ALL_DELETED, {"person": person})


async def unfinished_files(
    conn: Connection, pending_before: datetime, settled_before: datetime, limit: int
) -> Sequence[FileRow]:
    """Uploads that are no files, oldest first: pending ones and others that began before their time."""
    params = {"pending_before": pending_before, "settled_before": settled_before, "limit": limit}
    return (await conn.run(UNFINISHED_FILES, params, FileRow)).rows


async def delete_unfinished(conn: Connection, files: Sequence[UUID]) -> None:
    await conn.run(DELETE_UNFINISHED, {"files": list(files)})


def insert_renditions(conn: Connection, rows: Sequence[FileRow]) -> None:
    for row in rows:
        conn.queue(INSERT_RENDITION, row._asdict())


async def settle_original(conn: Connection, row: FileRow, state: State) -> bool:
    """Whether the upload was still a complete file."""
    params = {"file": row.id, "person": row.user_id, "state": state}
    return bool((await conn.run(SETTLE_ORIGINAL, params)).rows)


def settle_renditions(conn: Connection, rows: Sequence[FileRow], state: State) -> None:
    conn.queue(SETTLE_RENDITIONS, {"files": [row.id for row in rows], "state": state})


async def mark_earlier_deleted(conn: Connection, row: FileRow) -> Sequence[FileRow]:
    """Mark the files of the same category that were uploaded before as deleted, and return them."""
    params = {"person": row.user_id, "category": row.category, "file": row.id}
    return (await conn.run(MARK_EARLIER_DELETED, params, FileRow)).rows


async def load_renditions(conn: Connection, person: UUID, category: str) -> Sequence[FileRow]:
    return (await conn.run(RENDITIONS, {"person": person, "category": category}, FileRow)).rows


async def set_picture(conn: Connection, content_id: UUID, large: str, small: str) -> tuple[bool, str | None]:
    """Whether the item has the picture now, and the address of its earlier one."""
    row = (await conn.run(SET_PICTURE, {"content_id": content_id, "large": large, "small": small})).first
    return (True, row[0]) if row else (False, None)


async def has_picture(conn: Connection, content_id: UUID, large: str) -> bool:
    return bool((await conn.run(HAS_PICTURE, {"content_id": content_id, "large": large})).rows)


async def load_picture(conn: Connection, person: UUID, category: str, picture: UUID) -> Sequence[FileRow]:
    """The complete files of a picture: its renditions, or its upload while it has none."""
    params = {"person": person, "category": category, "picture": picture}
    return (await conn.run(PICTURE, params, FileRow)).rows


async def mark_picture_deleted(conn: Connection, person: UUID, category: str, picture: UUID) -> Sequence[FileRow]:
    params = {"person": person, "category": category, "picture": picture}
    return (await conn.run(MARK_PICTURE_DELETED, params, FileRow)).rows
