"""The worst archives that an import lets in."""

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile


@cache
def zeros() -> bytes:
    """An archive with a manifest, and as much else as an import lets in."""
    return _packed({"manifest.json": b"{}", "data": bytes(30 * 2**20)})


@cache
def many_files() -> bytes:
    return _packed({"manifest.json": b"{}", **{f"{number}": b"" for number in range(999)}})


def _packed(files: Mapping[str, bytes]) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_STORED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return content.getvalue()
