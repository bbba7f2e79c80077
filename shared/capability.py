"""Reads `capability.toml`, the declarations of a capability (docs/adding-a-capability.md)."""

from pathlib import Path
from typing import Any

FILE = "capability.toml"


def read(path: Path) -> dict[str, Any]:
    import tomllib  # takes a few milliseconds, and most functions never need it

    return tomllib.loads(path.read_text(encoding="utf-8"))
