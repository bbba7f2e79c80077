"""A person's measures: a number for each name and day, such as hours of sleep. `insights` reads them."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import LiteralString, NamedTuple
from unicodedata import category, normalize
from uuid import UUID

from pydantic_core import to_json

from shared import locks
from shared.connection import Connection
from shared.errors import Conflict, RuleBroken
from shared.factors import factor_name

LARGEST = 1e9
MAX_MEASURES = 50
MAX_NAME = 60
SIGNS = frozenset("_ .-\u200c\u200d")  # beside letters, marks and digits; the last two join letters, as in Persian
EDGES = " ._-\u200c\u200d"  # what a name neither begins nor ends with
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


class StoredValues(NamedTuple):
    names: list[str]  # as the person has them
    counts: ValueCounts


class Spellings:
    """One spelling for each measure: the first. Letter case, spaces and forms of the same letter make no difference."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = set(names)  # two of them may be older than this rule, and stay two measures
        self._by_key: dict[str, str] = {}
        for name in sorted(self.names):
            self._by_key.setdefault(factor_name(name), name)

    def of(self, name: str) -> str:
        return name if name in self.names else self._by_key.setdefault(factor_name(name), name)


def parse_value(text: str) -> float:
    """The number that a text has, with a decimal point or comma. Raises `ValueError`."""
    if not NUMBER.fullmatch(text) or THOUSANDS.fullmatch(text):
        raise ValueError("not a number, or one of two")
    number = float(text.replace(",", "."))
    if abs(number) > LARGEST:
        raise ValueError("too large")
    return number


def measure_name(text: str) -> str:
    """The name in its usual form: one space between words, and each letter with its marks as devices write it (NFC).

    Raises `RuleBroken` for a text that is no name.
    """
    name = _usual_form(text)
    if not _is_name(name):
        raise RuleBroken("must have up to 60 letters, digits, spaces, dots and hyphens")
    return name


def readable_name(text: str) -> str:
    """The text without what a name cannot have: "Water cups" for "Water (cups)". Empty if nothing is left."""
    name = _usual_form("".join(sign if _may_be_in_a_name(sign) else " " for sign in text))
    name = name.strip(EDGES)[:MAX_NAME].strip(EDGES)
    return name if _is_name(name) else ""


def _usual_form(text: str) -> str:
    return " ".join(normalize("NFC", text).split())


def _is_name(name: str) -> bool:
    """Whether it has only signs of a name, begins with a letter or digit, and ends with one, or with a mark on one."""
    return (
        0 < len(name) <= MAX_NAME
        and category(name[0])[0] in "LN"
        and name[-1] not in EDGES
        and all(map(_may_be_in_a_name, name))
    )


def _may_be_in_a_name(sign: str) -> bool:
    return sign in SIGNS or category(sign)[0] in "LMN"


async def load_measures(conn: Connection) -> list[MeasureDays]:
    return (await conn.run(MEASURES, None, MeasureDays)).rows


async def store(
    conn: Connection, person: UUID, values: Sequence[MeasuredValue], *, dry_run: bool = False
) -> StoredValues:
    """Store values in place of those of the same names and days, or only count. Raises `MeasuresFull`.

    A measure has one value a day at most in `values`. One that the person has keeps its spelling.
    """
    locks.lock(conn, "measures", person)
    spellings = Spellings(measure.name for measure in await load_measures(conn))
    spelled = [value._replace(name=spellings.of(value.name)) for value in values]
    names = {value.name for value in spelled}
    if names - spellings.names and len(names | spellings.names) > MAX_MEASURES:
        raise MeasuresFull
    params = {"values": to_json([value._asdict() for value in spelled]).decode()}
    [counts] = (await conn.run(COUNT, params, ValueCounts)).rows
    if not dry_run:
        conn.queue(STORE, params)
    return StoredValues(sorted(names), counts)
