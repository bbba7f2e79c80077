"""For operators: how often support was shown, and switches for what misleads."""

from collections.abc import Iterator
from typing import LiteralString, NamedTuple

import psycopg
from psycopg.rows import class_row

from shared.clock import utc_now

SMALLEST = 10  # smaller counts could point to a person, so they are not told

COUNTS: LiteralString = """
    SELECT to_char(month, 'YYYY-MM') AS month, country, grade, shown, opened, not_meant
    FROM mend.support_counts
    WHERE extract(year FROM month) = %s
    ORDER BY month, country, grade
"""
SWITCHED_OFF: LiteralString = "SELECT name FROM mend.safety_switches ORDER BY name"
SWITCH_OFF: LiteralString = "INSERT INTO mend.safety_switches (name, off_since) VALUES (%s, %s) ON CONFLICT DO NOTHING"
SWITCH_ON: LiteralString = "DELETE FROM mend.safety_switches WHERE name = %s"


class SupportCount(NamedTuple):
    """A month in a country, by grade. It names no person."""

    month: str
    country: str
    grade: str
    shown: int
    opened: int
    not_meant: int

    @property
    def line(self) -> str:
        counts = ",".join(str(n) if n >= SMALLEST or n == 0 else f"<{SMALLEST}" for n in self[3:])
        return f"{self.month},{self.country},{self.grade},{counts}"


def report(dsn: str, year: int) -> Iterator[str]:
    """The lines of a CSV."""
    yield ",".join(SupportCount._fields)
    with psycopg.connect(dsn) as conn, conn.cursor(row_factory=class_row(SupportCount)) as cursor:
        yield from (count.line for count in cursor.execute(COUNTS, (year,)))


def switched_off(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as conn:
        return [name for (name,) in conn.execute(SWITCHED_OFF)]


def switch(dsn: str, name: str, *, on: bool) -> None:
    """Takes effect at the next request."""
    with psycopg.connect(dsn) as conn:
        if on:
            conn.execute(SWITCH_ON, (name,))
        else:
            conn.execute(SWITCH_OFF, (name, utc_now()))
