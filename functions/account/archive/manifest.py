"""The manifest of an archive: its files with sizes and hashes, the state hash, and a seal.

The seal tells that this installation wrote the archive, so an import can trust that its rows are as they were stored: a
forged archive could claim interactions and propensities from which everybody's recommendations are learned.
"""

from base64 import b64decode, b64encode
from datetime import datetime
from hashlib import sha256
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.sealed_secrets import Sealer, Unsealable

NAME = "manifest.json"
VERSION = 1
PURPOSE = "archive"
ANYBODY = UUID(int=0)  # an archive can be imported into any account


class ArchiveFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    bytes: int = Field(ge=0)
    rows: int = Field(ge=0)  # 0 where the file holds no rows
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    format: Literal["mend-archive"] = "mend-archive"
    version: int = VERSION
    exported_at: datetime
    state_hash: str
    files: dict[str, ArchiveFile]
    seal: str = ""

    def sealed(self, sealer: Sealer) -> "Manifest":
        seal = sealer.seal(PURPOSE, ANYBODY, self._digest())
        return self.model_copy(update={"seal": b64encode(seal).decode()})

    def is_ours(self, sealer: Sealer) -> bool:
        """Whether the seal was made by this installation for these contents."""
        try:
            return sealer.unseal(PURPOSE, ANYBODY, b64decode(self.seal, validate=True)) == self._digest()
        except (Unsealable, ValueError):
            return False

    def _digest(self) -> bytes:
        return sha256(self.model_dump_json(exclude={"seal"}).encode()).digest()
