"""Deletes rows that are too old, by the `[[retention]]` rules of a capability."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, LiteralString

from psycopg.sql import SQL, Composed, Identifier, Literal
from pydantic import BaseModel, ConfigDict, Field

from shared import capability, logs
from shared.db import Database
from shared.events import Event, LongRunningHandler
from shared.services import services

BATCH_ROWS = 5_000

# A row that is changed meanwhile gets another ctid, and stays until the next sweep.
DELETE_BATCH: LiteralString = """
    DELETE FROM {table} WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM {table} WHERE {column} < {before} AND {condition} LIMIT {batch}
    ))
"""


class Rule(BaseModel):
    """Rows of a table are deleted `keep` after the time in their column, unless they are in one of these states."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str = Field(pattern=r"^[a-z]+\.[a-z_]+$")
    column: str
    keep: Annotated[str, Field(pattern=r"^\d+ (minutes|hours|days)$")]
    unless_state: tuple[str, ...] = ()
    why: str

    def before(self, now: datetime) -> datetime:
        number, unit = self.keep.split()
        return now - timedelta(**{unit: int(number)})

    def statement(self, now: datetime) -> Composed:
        """Deletes one batch. The condition is spelt as in a partial index, so that Postgres can use that index."""
        states = SQL(", ").join(map(Literal, self.unless_state))
        return SQL(DELETE_BATCH).format(
            table=Identifier(*self.table.split(".")),
            column=Identifier(self.column),
            before=Literal(self.before(now)),
            condition=SQL("state NOT IN ({})").format(states) if self.unless_state else SQL("true"),
            batch=Literal(BATCH_ROWS),
        )


def load_rules(path: Path) -> list[Rule]:
    return [Rule.model_validate(row) for row in capability.read(path).get("retention", ())]


def retention_handler(module: str) -> LongRunningHandler:
    """A handler of `schedule.retention`, which deletes rows by the rules in the folder of this module."""
    return partial(sweep, load_rules(Path(module).with_name(capability.FILE)))


async def sweep(declared: Sequence[Rule], event: Event) -> None:
    """Delete what was too old at the time of the event, in a short transaction for each batch."""
    database = services().database
    for rule in declared:
        deleted = await _sweep_table(database, rule.statement(event.occurred_at))
        logs.event("swept", table=rule.table, rows=deleted)


async def _sweep_table(database: Database, statement: Composed) -> int:
    deleted = 0
    while batch := await database.retry(lambda: _sweep_batch(database, statement)):
        deleted += batch
        if batch < BATCH_ROWS:
            break
    return deleted


async def _sweep_batch(database: Database, statement: Composed) -> int:
    async with database.service() as conn:
        return (await conn.execute(statement)).rowcount
