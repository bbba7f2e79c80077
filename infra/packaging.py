"""A function's folder as a zip that needs nothing but its own requirements: the same files, the same bytes."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from infra.registry import ROOT, Registry

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # when a zip's time begins
READABLE = 0o100644 << 16


def package(registry: Registry, name: str, out: Path) -> Path:
    """Write the zip, which holds every entry point of the function's folder."""
    folder = registry.functions[name].folder
    entry_points = sorted(n for n, function in registry.functions.items() if function.folder == folder)
    files = dict(_sources(folder))
    files["requirements.txt"] = (folder / "requirements.txt").read_bytes()
    files["main.py"] = _main(folder.name, entry_points).encode()
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{folder.name}.zip"
    with ZipFile(path, "w", ZIP_STORED) as archive:  # compressed bytes would differ between versions of zlib
        for file, content in sorted(files.items()):
            entry = ZipInfo(file, LONG_AGO)
            entry.external_attr = READABLE
            archive.writestr(entry, content)
    return path


def _sources(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in [folder.parent / "__init__.py", *folder.rglob("*"), *(ROOT / "shared").rglob("*")]:
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(ROOT).as_posix(), path.read_bytes()


def _main(folder: str, entry_points: list[str]) -> str:
    names = ", ".join(entry_points)
    return f"from functions.{folder}.main import {names}\n\n__all__ = {entry_points!r}\n"
