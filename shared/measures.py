"""A person's measures: a number for each name and day, such as hours of sleep. `insights` reads them."""

import re
from collections.abc import Sequence
from datetime import date
from typing import LiteralString, NamedTuple
from uuid import UUID

from pydantic_core import to_json

from shared import locks
from shared.connection import Connection
from shared.errors import Conflict

MEASURE_NAME = r"[^\W_][\w .-]{0,58}[^\W_]|[^\W_]"
LARGEST = 1e9
MAX_MEASURES = 50
MAX_NAME = 60
NO_NAME = re.compile(r"[^\w .-]+")
NUMBER = re.compile(r"[+-]?\d{1,10}(?:[.,]\d{1,15})?", re.ASCII)
THOUSANDS = re.compile(r"[+-]?\d{1,3}[.,]\d{3}", re.ASCII)  # or a decimal fraction of three digits: nobody can tell

# Jumps from name to name in the index, so that the number of values does not matter.
MEASURES: LiteralString = """
    WITH RECURSIVE names AS (
        SELECT min(name) AS name FROM public.insight_measures WHERE user_id = mend.uid()
        UNION ALL
        SELECT (SELECT min(m.name) FROM public.insight_measures AS m WHERE m.user_id = mend.uid() AND m.name > n.name)
        FROM names AS n WHERE n.name IS NOT NULL
    )
    SELECT n.name, d.first_day, d.last_day
    FROM names AS n, LATERAL (
        SELECT min(m.day) AS first_day, max(m.day) AS last_day FROM public.insight_measures AS m
        WHERE m.user_id = mend.uid() AND m.name = n.name
    ) AS d
    WHERE n.name IS NOT NULL ORDER BY n.name
"""
COUNT: LiteralString = """
    SELECT count(*) FILTER (WHERE m.value IS NULL) AS new, count(*) FILTER (WHERE m.value <> g.value) AS changed
    FROM jsonb_to_recordset(%(values)s::jsonb) AS g (name text, day date, value float8)
    LEFT JOIN public.insight_measures AS m ON m.user_id = mend.uid() AND m.name = g.name AND m.day = g.day
"""
STORE: LiteralString = """
    INSERT INTO public.insight_measures AS m (user_id, name, day, value)
    SELECT mend.uid(), g.name, g.day, g.value
    FROM jsonb_to_recordset(%(values)s::jsonb) AS g (name text, day date, value float8)
    ON CONFLICT (user_id, name, day) DO UPDATE SET value = excluded.value WHERE m.value <> excluded.value
"""


class MeasuresFull(Conflict):
    """You can have 50 measures. Delete all values of another one first."""

    code = "measures_full"


class MeasuredValue(NamedTuple):
    name: str
    day: date
    value: float


class MeasureDays(NamedTuple):
    name: str
    first_day: date
    last_day: date


class ValueCounts(NamedTuple):
    """How many values are new, and how many differ from those that are stored."""

    new: int
    changed: int


def parse_value(text: str) -> float:
    """The number that a text has, with a decimal point or comma. Raises `ValueError`."""
    if not NUMBER.fullmatch(text) or THOUSANDS.fullmatch(text):
        raise ValueError("not a number, or one of two")
    number = float(text.replace(",", "."))
    if abs(number) > LARGEST:
        raise ValueError("too large")
    return number


def measure_name(text: str) -> str:
    """The text without what a name cannot have: "Water cups" for "Water (cups)". Empty if nothing is left."""
    return " ".join(NO_NAME.sub(" ", text).split()).strip(" ._-")[:MAX_NAME].strip(" ._-")


async def load_measures(conn: Connection) -> list[MeasureDays]:
    return (await conn.run(MEASURES, None, MeasureDays)).rows


async def store(
    conn: Connection, person: UUID, values: Sequence[MeasuredValue], *, dry_run: bool = False
) -> ValueCounts:
    """Store values in place of those of the same names and days, or only count. Raises `MeasuresFull`.

    A name has one value a day at most in `values`.
    """
    locks.lock(conn, "measures", person)
    names = {measure.name for measure in await load_measures(conn)}
    new_names = {value.name for value in values} - names
    if new_names and len(names) + len(new_names) > MAX_MEASURES:
        raise MeasuresFull
    params = {"values": to_json([value._asdict() for value in values]).decode()}
    [counts] = (await conn.run(COUNT, params, ValueCounts)).rows
    if not dry_run:
        conn.queue(STORE, params)
    return counts
