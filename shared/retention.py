"""Deletes expired rows, by the `[[retention]]` rules in the `capability.toml` of a capability."""

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

# A row that is updated meanwhile gets another ctid, so this sweep leaves it to the next one.
DELETE_EXPIRED: LiteralString = """
    DELETE FROM {table} WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM {table} WHERE {column} < {before} AND {condition} LIMIT {batch}
    ))
"""


class Rule(BaseModel):
    """Delete rows of a table `keep` after the time in their column, except rows in one of these states."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str = Field(pattern=r"^[a-z]+\.[a-z_]+$")
    column: str
    keep: Annotated[str, Field(pattern=r"^\d+ (minutes|hours|days)$")]
    unless_state: tuple[str, ...] = ()
    why: str

    @property
    def duration(self) -> timedelta:
        number, unit = self.keep.split()
        return timedelta(**{unit: int(number)})

    def before(self, now: datetime) -> datetime:
        return now - self.duration

    def statement(self, now: datetime) -> Composed:
        """Deletes one batch. The condition equals the predicate of a partial index, so that Postgres can use it."""
        states = SQL(", ").join(map(Literal, self.unless_state))
        return SQL(DELETE_EXPIRED).format(
            table=Identifier(*self.table.split(".")),
            column=Identifier(self.column),
            before=Literal(self.before(now)),
            condition=SQL("state NOT IN ({})").format(states) if self.unless_state else SQL("true"),
            batch=Literal(BATCH_ROWS),
        )


def load_rules(path: Path) -> list[Rule]:
    return [Rule.model_validate(row) for row in capability.read(path).get("retention", ())]


def retention_handler(module: str) -> LongRunningHandler:
    """A handler of `schedule.retention` that sweeps by the rules declared in the folder of this module."""
    return partial(sweep, load_rules(Path(module).with_name(capability.FILE)))


async def sweep(rules: Sequence[Rule], event: Event) -> None:
    """Delete rows that had expired when the event occurred, with one transaction per batch."""
    database = services().database
    for rule in rules:
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
