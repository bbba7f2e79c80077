"""The base of everything that is read from a file of this repository."""

from pydantic import BaseModel, ConfigDict


class FileModel(BaseModel):
    """Immutable; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
