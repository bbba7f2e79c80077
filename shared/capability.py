"""What a capability declares as data: the `capability.toml` in its folder (docs/adding-a-capability.md)."""

from pathlib import Path
from typing import Any

FILE = "capability.toml"


def read(path: Path) -> dict[str, Any]:
    import tomllib  # a few milliseconds that most functions never need

    return tomllib.loads(path.read_text(encoding="utf-8"))
