"""Files in a folder of MEND_HOME. `infra.local.storage` serves their URLs, which have the form of Supabase's.

The first line of a stored file is its media type. The content follows.
"""

import asyncio
import hmac
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Literal
from uuid import UUID

from shared.clock import utc_now
from shared.errors import Forbidden
from shared.files.categories import CATEGORIES
from shared.files.port import (
    PAGE_SIZE,
    READ_FOR,
    UPLOAD_FOR,
    AlreadyStored,
    FileNotStored,
    FileTooLarge,
    PathPage,
    StoredContent,
)
from shared.local_secret import local_secret
from shared.settings import Settings

UUID_TEXT = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PATH = re.compile(rf"{UUID_TEXT}/({UUID_TEXT}|large|medium|small)")  # no other path reaches the file system
TOKEN = re.compile(r"([0-9]{1,12})\.([0-9a-f]{64})")
ROUTES = {"PUT": "object/upload/sign", "GET": "object/sign"}

Method = Literal["PUT", "GET"]


class BadSignature(Forbidden):
    """The token does not belong to this URL, or it has expired."""

    code = "bad_signature"


class LocalFileStore:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._root = settings.mend_home / "files"

    async def upload_url(self, bucket: str, path: str) -> str:
        return self.signed_url("PUT", bucket, path, UPLOAD_FOR)

    async def read_url(self, bucket: str, path: str, *, download: bool) -> str:
        if not self._path(bucket, path).exists():
            raise FileNotStored
        return self.signed_url("GET", bucket, path, READ_FOR) + ("&download=" if download else "")

    def public_url(self, bucket: str, path: str) -> str:
        return f"{self._settings.public_url}/storage/v1/object/public/{bucket}/{path}"

    async def read(self, bucket: str, path: str, at_most: int) -> StoredContent:
        return await asyncio.to_thread(self._read, bucket, path, at_most)

    async def write(self, bucket: str, path: str, content: StoredContent) -> None:
        await asyncio.to_thread(self._write, bucket, path, content)

    async def delete(self, bucket: str, paths: Sequence[str]) -> None:
        for path in paths:
            self._path(bucket, path).unlink(missing_ok=True)

    async def list(self, bucket: str, person: UUID, cursor: str | None = None) -> PathPage:
        folder = self._root / bucket / str(person)
        stored = sorted(f"{person}/{file.name}" for file in folder.iterdir()) if folder.exists() else []
        paths = [path for path in stored if cursor is None or path > cursor][:PAGE_SIZE]
        return PathPage(paths, paths[-1] if paths and paths[-1] != stored[-1] else None)

    async def ping(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True)

    def signed_url(self, method: Method, bucket: str, path: str, lifetime: timedelta) -> str:
        expiry = int((utc_now() + lifetime).timestamp())
        token = f"{expiry}.{self._signature(method, bucket, path, expiry)}"
        return f"{self._settings.public_url}/storage/v1/{ROUTES[method]}/{bucket}/{path}?token={token}"

    def check(self, method: Method, bucket: str, path: str, token: str) -> None:
        """Raise `BadSignature` unless the token belongs to this method and path and has not expired."""
        parts = TOKEN.fullmatch(token)
        if parts is None or not hmac.compare_digest(parts[2], self._signature(method, bucket, path, int(parts[1]))):
            raise BadSignature
        if datetime.fromtimestamp(int(parts[1]), UTC) <= utc_now():
            raise BadSignature

    @contextmanager
    def open_upload(self, bucket: str, path: str, media_type: str) -> Iterator[IO[bytes]]:
        """A temporary file for the content. At the end it becomes the stored file, atomically."""
        target = self._path(bucket, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._root / ".unfinished"
        unfinished.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=unfinished) as file:
            file.write(media_type.encode() + b"\n")
            yield file
            file.flush()
            try:
                os.link(file.name, target)  # unlike a rename, this fails if the file exists
            except FileExistsError:
                raise AlreadyStored from None

    def _read(self, bucket: str, path: str, at_most: int) -> StoredContent:
        try:
            with self._path(bucket, path).open("rb") as file:
                media_type = file.readline().rstrip(b"\n").decode()
                body = file.read(at_most + 1)
        except FileNotFoundError:
            raise FileNotStored from None
        if len(body) > at_most:
            raise FileTooLarge
        return StoredContent(media_type, body)

    def _write(self, bucket: str, path: str, content: StoredContent) -> None:
        with self.open_upload(bucket, path, content.media_type) as file:
            file.write(content.body)

    def _path(self, bucket: str, path: str) -> Path:
        if bucket not in CATEGORIES or not PATH.fullmatch(path):
            raise FileNotStored
        return self._root / bucket / path

    def _signature(self, method: Method, bucket: str, path: str, expiry: int) -> str:
        secret = local_secret(self._settings.mend_home, "files.key")
        return hmac.digest(secret, f"{method} {bucket}/{path} {expiry}".encode(), "sha256").hex()
