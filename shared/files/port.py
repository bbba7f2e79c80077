"""The interface of file stores. A bucket has the name of a category; a path is `{person}/{file}`, two UUIDs.

In the public bucket of the catalogue it is `{upload}/{rendition}`.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple, Protocol
from uuid import UUID

from shared.errors import Conflict, NotFound, TooLarge, Unavailable

READ_FOR = timedelta(minutes=10)
UPLOAD_FOR = timedelta(hours=2)  # Supabase's fixed lifetime of upload URLs
PAGE_SIZE = 100


class FilesUnavailable(Unavailable):
    """The file store cannot be reached. Try again shortly."""

    code = "files_unavailable"


class FileNotStored(NotFound):
    """There is no such file."""

    code = "file_not_found"


class FileTooLarge(TooLarge):
    """The file is larger than its category allows."""

    code = "file_too_large"


class AlreadyStored(Conflict):
    """A file is never overwritten."""

    code = "already_stored"


class StoredContent(NamedTuple):
    media_type: str  # as the uploader declared it
    body: bytes


class PathPage(NamedTuple):
    paths: list[str]
    cursor: str | None  # None after the last page


def path_of(person: UUID, file: UUID) -> str:
    return f"{person}/{file}"


class FileStore(Protocol):
    """Every method raises `FilesUnavailable` when the store does not respond.

    A signed URL needs no other authorization. An upload URL is valid for two hours and accepts one file, which it never
    overwrites; after a delete it accepts a file again. `shared.files.uploads` decides when an upload is a file.
    """

    async def upload_url(self, bucket: str, path: str) -> str: ...

    async def read_url(self, bucket: str, path: str, *, download: bool) -> str:
        """A URL for ten minutes; with `download`, browsers save the file and never show it. Raises `FileNotStored`."""

    def public_url(self, bucket: str, path: str) -> str:
        """The URL of a file in a public bucket. It never changes, and neither does what it reads."""

    async def read(self, bucket: str, path: str, at_most: int) -> StoredContent:
        """The content. Raises `FileNotStored`, or `FileTooLarge` after `at_most` bytes."""

    async def write(self, bucket: str, path: str, content: StoredContent) -> None:
        """Store content that our code has. Raises `AlreadyStored`."""

    async def delete(self, bucket: str, paths: Sequence[str]) -> None:
        """Delete up to `PAGE_SIZE` files. Paths without a file are ignored."""

    async def list(self, bucket: str, person: UUID, cursor: str | None = None) -> PathPage:
        """The paths of a person's files, in order, `PAGE_SIZE` at a time."""

    async def ping(self) -> None: ...
