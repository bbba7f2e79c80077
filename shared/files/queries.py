"""The rows of uploads in `mend.files`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, LiteralString, NamedTuple, TypeAlias
from uuid import UUID

from shared.connection import Connection
from shared.files.port import path_of

# `refused` and `deleted` are final: content that appears at such a path later is never a file.
State: TypeAlias = Literal["pending", "complete", "refused", "deleted"]

# Inserts nothing when too many uploads of the person are pending.
INSERT_FILE: LiteralString = """
    INSERT INTO mend.files (id, user_id, category, media_type, begun_at)
    SELECT %(id)s, %(user_id)s, %(category)s, %(media_type)s, %(begun_at)s
    WHERE (SELECT count(*) FROM mend.files WHERE user_id = %(user_id)s AND state = 'pending') < %(most_pending)s
    RETURNING 1
"""
FILE: LiteralString = """
    SELECT id, user_id, category, media_type, state, size, sha256, begun_at FROM mend.files
    WHERE id = %(file)s AND user_id = %(person)s
"""
# Changes nothing when another request has settled the upload.
SETTLE_FILE: LiteralString = """
    UPDATE mend.files SET state = %(state)s, size = %(size)s, sha256 = %(sha256)s
    WHERE id = %(file)s AND user_id = %(person)s AND state = 'pending'
"""
MARK_DELETED: LiteralString = """
    UPDATE mend.files SET state = 'deleted' WHERE id = %(file)s AND user_id = %(person)s
    RETURNING id, user_id, category, media_type, state, size, sha256, begun_at
"""
MARK_ALL_DELETED: LiteralString = "UPDATE mend.files SET state = 'deleted' WHERE user_id = %(person)s"
UNFINISHED_FILES: LiteralString = """
    SELECT id, user_id, category, media_type, state, size, sha256, begun_at FROM mend.files
    WHERE state <> 'complete' AND begun_at < %(before)s
    ORDER BY begun_at LIMIT %(limit)s
"""
DELETE_UNFINISHED: LiteralString = "DELETE FROM mend.files WHERE id = ANY(%(files)s) AND state <> 'complete'"


class FileRow(NamedTuple):
    id: UUID
    user_id: UUID
    category: str
    media_type: str
    state: State
    size: int | None  # this and the digest are set when the upload is complete
    sha256: bytes | None
    begun_at: datetime

    @property
    def path(self) -> str:
        return path_of(self.user_id, self.id)


class Settlement(NamedTuple):
    """What verification found. Size and digest are None for refused content."""

    state: State
    size: int | None = None
    sha256: bytes | None = None


async def insert_file(conn: Connection, row: FileRow, most_pending: int) -> bool:
    """Whether the upload was recorded: False if the person has `most_pending` uploads already."""
    return bool((await conn.run(INSERT_FILE, {**row._asdict(), "most_pending": most_pending})).rows)


async def load_file(conn: Connection, person: UUID, file: UUID) -> FileRow | None:
    return (await conn.run(FILE, {"person": person, "file": file}, FileRow)).first


async def settle_file(conn: Connection, row: FileRow, settlement: Settlement) -> FileRow | None:
    """Settle a pending upload, and return its row: as this or another request has settled it."""
    conn.queue(SETTLE_FILE, {"file": row.id, "person": row.user_id, **settlement._asdict()})
    return await load_file(conn, row.user_id, row.id)


async def mark_deleted(conn: Connection, person: UUID, file: UUID) -> FileRow | None:
    return (await conn.run(MARK_DELETED, {"person": person, "file": file}, FileRow)).first


async def mark_all_deleted(conn: Connection, person: UUID) -> None:
    await conn.run(MARK_ALL_DELETED, {"person": person})


async def unfinished_files(conn: Connection, before: datetime, limit: int) -> Sequence[FileRow]:
    """Pending, refused and deleted uploads that began before a time, oldest first."""
    return (await conn.run(UNFINISHED_FILES, {"before": before, "limit": limit}, FileRow)).rows


async def delete_unfinished(conn: Connection, files: Sequence[UUID]) -> None:
    await conn.run(DELETE_UNFINISHED, {"files": list(files)})
