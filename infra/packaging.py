"""A function's folder as a zip that needs nothing but its own requirements: the same files, the same bytes.

It holds the folder, the modules of `shared` that its main.py imports, here or there, now or later, and what lies
beside those modules as data.
"""

from collections.abc import Iterator
from modulefinder import ModuleFinder
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from infra.capabilities import collected
from infra.registry import ROOT, Registry

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # when a zip's time begins
READABLE = 0o100644 << 16


def package(registry: Registry, name: str, out: Path) -> Path:
    """Write the zip, which holds every entry point of the function's folder."""
    folder = registry.functions[name].folder
    entry_points = sorted(n for n, function in registry.functions.items() if function.folder == folder)
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in _sources(folder)}
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


def _sources(folder: Path) -> Iterator[Path]:
    modules = set(_imported(folder / "main.py"))
    yield from modules
    for package_folder in {module.parent for module in modules if module.parent.is_relative_to(ROOT / "shared")}:
        yield from (path for path in package_folder.iterdir() if path.is_file() and path.suffix != ".py")
    yield from (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    yield from collected(folder)


def _imported(main: Path) -> Iterator[Path]:
    """Our modules that this one imports, from whatever line of whatever function, and those that they import."""
    finder = ModuleFinder([str(ROOT)])  # other packages are not found there, and so not followed
    finder.run_script(str(main))
    return (Path(module.__file__) for module in finder.modules.values() if module.__file__)  # type: ignore[attr-defined]


def _main(folder: str, entry_points: list[str]) -> str:
    names = ", ".join(entry_points)
    return f"from functions.{folder}.main import {names}\n\n__all__ = {entry_points!r}\n"
