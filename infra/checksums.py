"""Checksums of released migrations, which never change. `supabase/checksums` lists them by release."""

import hashlib
import re
from pathlib import Path

from infra.errors import UserError
from infra.migrate import MIGRATIONS

RELEASE = re.compile(r"# release (\S+)")
LINE = re.compile(r"([0-9a-f]{64})  (\S+\.sql)")


def releases(folder: Path = MIGRATIONS) -> list[str]:
    """The listed releases, oldest first."""
    return [match[1] for match in map(RELEASE.fullmatch, _lines(folder)) if match]


def changed(folder: Path = MIGRATIONS) -> list[str]:
    """The released files that are missing or were edited."""
    return [name for name, checksum in listed(folder).items() if _checksum(folder / name) != checksum]


def freeze(release: str, folder: Path = MIGRATIONS) -> list[str]:
    """Add the files of a new release to the list, and return their names. Raises UserError if it is listed already."""
    if files := changed(folder):
        raise UserError(f"{files[0]} was changed after its release.", "Restore it, and write a new migration instead.")
    released = listed(folder)
    added = [path.name for path in sorted(folder.glob("*.sql")) if path.name not in released]
    if release in releases(folder):
        raise UserError(f"{release} is released already.", "Raise the version in pyproject.toml, then `make run`.")
    with folder.with_name("checksums").open("a", encoding="utf-8") as file:
        file.write(f"\n# release {release}\n")
        file.writelines(f"{_checksum(folder / name)}  {name}\n" for name in added)
    return added


def _lines(folder: Path) -> list[str]:
    return folder.with_name("checksums").read_text(encoding="utf-8").splitlines()


def listed(folder: Path = MIGRATIONS) -> dict[str, str]:
    """The released files, each with its checksum."""
    return {match[2]: match[1] for match in map(LINE.fullmatch, _lines(folder)) if match}


def _checksum(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
