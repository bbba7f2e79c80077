"""How far a deployment came, so that one that was interrupted goes on."""

import json
from pathlib import Path
from typing import Self

from pydantic import BaseModel


class ReleaseProgress(BaseModel):
    """Of one release to one environment. It is on the disk before a step counts as done."""

    release: str
    done: list[str] = []
    stable: dict[str, str] = {}  # by function, the revision that had all traffic before

    @classmethod
    def read(cls, path: Path, release: str) -> Self:
        """That of this release, or an empty one if another release was deployed last."""
        if path.is_file():
            progress = cls.model_validate(json.loads(path.read_text(encoding="utf-8")))
            if progress.release == release:
                return progress
        return cls(release=release)

    def write(self, path: Path) -> None:
        new = path.with_suffix(".new")
        new.write_text(self.model_dump_json(), encoding="utf-8")
        new.replace(path)
