"""Writes a ZIP piece by piece, so that its size does not matter. The standard library does the format."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import sha256
from typing import IO, NamedTuple, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from functions.account.archive.manifest import ArchiveFile
from shared.pace import half_speed

READABLE = 0o100644 << 16


class Piece(NamedTuple):
    """Part of a file, and how many rows it holds."""

    content: bytes
    rows: int = 0


class ZipStream:
    """A ZIP. `files` describes those that are complete."""

    def __init__(self, now: datetime) -> None:
        self.files: dict[str, ArchiveFile] = {}
        self._moment = now.timetuple()[:6]
        self._written: list[bytes] = []
        self._zip = ZipFile(cast("IO[bytes]", self), "w", ZIP_DEFLATED)

    def write(self, content: bytes) -> int:
        """Take over what the standard library writes. Without `tell` and `seek`, it writes a stream."""
        self._written.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Do nothing; the standard library calls it."""

    async def add(self, name: str, pieces: AsyncIterator[Piece], *, is_text: bool = True) -> AsyncIterator[bytes]:
        """Write a file. Yields the parts of the ZIP. Text is compressed; pictures are already."""
        digest, size, rows = sha256(), 0, 0
        info = ZipInfo(name, self._moment)
        info.compress_type, info.external_attr = ZIP_DEFLATED if is_text else ZIP_STORED, READABLE
        with self._zip.open(info, "w") as member:

            def compress(content: bytes) -> bytes:
                digest.update(content)
                member.write(content)
                return self._take()

            async for piece in pieces:
                async with half_speed():
                    part = await asyncio.to_thread(compress, piece.content)
                size, rows = size + len(piece.content), rows + piece.rows
                if part:
                    yield part
        self.files[name] = ArchiveFile(bytes=size, rows=rows, sha256=digest.hexdigest())
        yield self._take()

    def end(self) -> bytes:
        """The last part: the directory of the ZIP."""
        self._zip.close()
        return self._take()

    def _take(self) -> bytes:
        taken, self._written = b"".join(self._written), []
        return taken
