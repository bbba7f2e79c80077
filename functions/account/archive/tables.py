"""The tables with rows of a person, and what an archive and its import make of each (`tables.toml`)."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared import capability


class ArchivedTable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    order: str
    existing: Literal["replace", "keep"] | None = None
    volatile: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    not_imported: str | None = None
    not_exported: str | None = None

    @property
    def file(self) -> str:
        """The name of its file in an archive."""
        return f"data/{self.name}.json"


@cache
def load_tables() -> tuple[ArchivedTable, ...]:
    """All tables, in the order of an import."""
    declared = capability.read(Path(__file__).with_suffix(".toml"))
    return tuple(ArchivedTable(name=name, **fields) for name, fields in declared.items())


def exported_tables() -> list[ArchivedTable]:
    return [table for table in load_tables() if not table.not_exported]


def imported_tables() -> list[ArchivedTable]:
    return [table for table in exported_tables() if not table.not_imported]


def state_columns() -> dict[str, list[str]]:
    """What the state hash covers: by table, the columns that do not count."""
    counted = [table for table in imported_tables() if table.existing != "keep"]
    return {table.name: [*table.volatile, *table.left_out] for table in counted}
