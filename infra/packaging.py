"""Packages a function's folder as a zip. The same files give the same bytes.

The zip holds the folder, every module of this repository that its main.py imports, directly or not, at module level or
later, and the data files beside those modules, or in folders beside them that hold no module. It needs only its own
requirements. A folder within it that has a main.py is a package of its own, and not part of it.
"""

from collections.abc import Iterator
from functools import cache
from modulefinder import ModuleFinder
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from infra.capabilities import collected_declarations
from infra.registry import ROOT, Function, Registry

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can hold
READABLE = 0o100644 << 16


def package(registry: Registry, name: str, out: Path) -> Path:
    """Write the zip with every entry point of the function's folder, and return its path."""
    function = registry.functions[name]
    entry_points = sorted(n for n, other in registry.functions.items() if other.folder == function.folder)
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in _sources(function)}
    files["requirements.txt"] = (function.folder / "requirements.txt").read_bytes()
    files["main.py"] = _main(function.module, entry_points).encode()
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{function.package.replace('/', '_')}.zip"
    with ZipFile(path, "w", ZIP_STORED) as archive:  # the output of zlib differs between its versions
        for file, content in sorted(files.items()):
            entry = ZipInfo(file, LONG_AGO)
            entry.external_attr = READABLE
            archive.writestr(entry, content)
    return path


def _sources(function: Function) -> Iterator[Path]:
    modules, folder = set(_imported(function.folder / "main.py")), function.folder
    yield from modules
    ours = (ROOT / "shared", ROOT / "functions" / function.capability)
    for place in {module.parent for module in modules if {*module.parents} & {*ours}}:
        yield from _data_in(place)
    others = {main.parent for main in folder.glob("*/main.py")}
    yield from (path for path in _files_in(folder) if others.isdisjoint(path.parents))
    yield from collected_declarations(function.capability)


def _files_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _data_in(package_folder: Path) -> Iterator[Path]:
    """The data files in the folder of a package, and in its folders that hold no module."""
    for path in package_folder.iterdir():
        if path.is_file() and path.suffix != ".py" and path.name != "requirements.txt":
            yield path
        elif path.is_dir() and path.name != "__pycache__" and not any(path.rglob("*.py")):
            yield from _files_in(path)


@cache
def _imported(main: Path) -> tuple[Path, ...]:
    """The modules of this repository that this one imports, directly or not, at module level or in a function."""
    finder = ModuleFinder([str(ROOT)])  # it follows no import that it does not find there
    finder.run_script(str(main))
    return tuple(Path(module.__file__) for module in finder.modules.values() if module.__file__)  # type: ignore[attr-defined]


def _main(module: str, entry_points: list[str]) -> str:
    names = ", ".join(entry_points)
    return f"from {module} import {names}\n\n__all__ = {entry_points!r}\n"
