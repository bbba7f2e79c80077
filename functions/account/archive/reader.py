"""Reads an archive that a person sends. It is hostile until its seal and all its hashes are checked.

Nothing is unpacked to a disk, and no name in it is ever used as a path.
"""

import zlib
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from pydantic import ValidationError
from pydantic_core import from_json

from functions.account.archive.manifest import NAME, VERSION, ArchiveFile, Manifest
from functions.account.archive.tables import ArchivedTable, imported_tables
from functions.account.errors import ForeignArchive, NewerArchive, UnreadableArchive
from shared.sealed_secrets import Sealer

MIB = 2**20
MAX_BYTES = 32 * MIB  # as much as Cloud Run lets through
MAX_UNPACKED = 256 * MIB
MAX_FILES = 1_000
MAX_MANIFEST = MIB
MAX_RATIO = 500  # of the unpacked to the packed size; a note of one letter, repeated, has 150
SMALL = 64 * 1024  # a file that is unpacked no larger may have any ratio
PIECE = 256 * 1024
ENCRYPTED = 0x1
BROKEN = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)  # as zipfile raises them


class Archive:
    """An archive that this installation wrote, with every file as it was. Raises `UnreadableArchive` otherwise."""

    def __init__(self, content: bytes, sealer: Sealer) -> None:
        try:
            self._zip = ZipFile(BytesIO(content))
            members = _checked_members(self._zip)
            self.manifest = _read_manifest(self._zip, members, sealer)
            _check_files(self._zip, members, self.manifest)
        except BROKEN:
            raise UnreadableArchive("This is not a ZIP file, or it is damaged or incomplete.") from None

    def batches(self, table: ArchivedTable, rows: int) -> Iterator[list[bytes]]:
        """The rows of a table, each as JSON, so many at a time. None if the archive is older than the table."""
        if table.file not in self.manifest.files:
            return
        batch: list[bytes] = []
        with self._zip.open(table.file) as lines:
            for line in lines:
                row = line.rstrip(b",\n")
                if not row.startswith(b"{"):
                    continue  # a bracket of the array
                batch.append(row)
                if len(batch) == rows:
                    yield batch
                    batch = []
        if batch:
            yield batch

    @property
    def rows(self) -> int:
        """How many rows an import stores."""
        files = self.manifest.files
        return sum(files[table.file].rows for table in imported_tables() if table.file in files)


def _checked_members(archive: ZipFile) -> dict[str, ZipInfo]:
    """The files by name. What zipfile reads of each is bounded by the size that is checked here."""
    infos = archive.infolist()
    members = {info.filename: info for info in infos}
    if len(infos) > MAX_FILES or len(members) < len(infos):
        raise UnreadableArchive("The archive has too many files, or two with the same name.")
    if any(info.flag_bits & ENCRYPTED or info.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for info in infos):
        raise UnreadableArchive("The archive is encrypted or packed in a way that Mend does not use.")
    is_bomb = any(info.file_size > max(SMALL, MAX_RATIO * info.compress_size) for info in infos)
    if is_bomb or sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise UnreadableArchive("The archive is too large once it is unpacked.")
    return members


def _read_manifest(archive: ZipFile, members: dict[str, ZipInfo], sealer: Sealer) -> Manifest:
    if NAME not in members or members[NAME].file_size > MAX_MANIFEST:
        raise UnreadableArchive("This ZIP file is not an archive of Mend: it has no manifest.json.")
    document = from_json(archive.read(NAME))
    version = document.get("version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise NewerArchive
    try:
        manifest = Manifest.model_validate(document)
    except ValidationError:
        raise UnreadableArchive("manifest.json is not that of an archive of Mend.") from None
    if not manifest.is_ours(sealer):
        raise ForeignArchive
    return manifest


def _check_files(archive: ZipFile, members: dict[str, ZipInfo], manifest: Manifest) -> None:
    """The archive has exactly the files of the manifest, so neither a path nor an archive within it gets in."""
    if members.keys() != manifest.files.keys() | {NAME}:
        raise ForeignArchive("The archive has other files than its manifest.json names.")
    if any(_read(archive, name, file) != file.sha256 for name, file in manifest.files.items()):
        raise ForeignArchive("A file of the archive was changed: its hash differs from that in manifest.json.")


def _read(archive: ZipFile, name: str, file: ArchiveFile) -> str:
    """The hash of a file, or nothing if its size differs."""
    digest, size = sha256(), 0
    with archive.open(name) as member:
        while piece := member.read(PIECE):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest() if size == file.bytes else ""
