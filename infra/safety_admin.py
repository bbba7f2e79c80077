"""For operators: how often support was shown, reports of harm, and switches for what misleads."""

from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from typing import LiteralString, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from infra.errors import UserError
from shared.ai.models import is_known, model_limits
from shared.clock import utc_now
from shared.safety.gate import rulebook
from shared.safety.texts import VARIANTS

SMALLEST = 10  # smaller counts could point to a person, so they are not told
RATES = ("shown_per_100_check_ins", "shown_per_active_person", "percent_of_active_people")

# Imported entries are older than the month in which support was shown for them, so they are not counted.
COUNTS: LiteralString = """
    WITH active AS (
        SELECT date_trunc('month', e.occurred_at AT TIME ZONE 'UTC')::date AS month,
               coalesce(p.country, 'ZZ') AS country, count(*) AS check_ins, count(DISTINCT e.user_id) AS people
        FROM public.mood_entries AS e LEFT JOIN public.user_profiles AS p USING (user_id)
        WHERE e.source = 'app' AND extract(year FROM e.occurred_at AT TIME ZONE 'UTC') = %(year)s
        GROUP BY 1, 2
    )
    SELECT to_char(month, 'YYYY-MM') AS month, country, c.grade, c.shown, c.people, c.opened, c.not_meant,
           coalesce(active.check_ins, 0) AS check_ins, coalesce(active.people, 0) AS active_people
    FROM mend.support_counts AS c LEFT JOIN active USING (month, country)
    WHERE extract(year FROM month) = %(year)s
    ORDER BY month, country, c.grade
"""
HARM_REPORTS: LiteralString = """
    SELECT id, reported_at, grade, code, variant, patterns, texts, words FROM mend.harm_reports ORDER BY reported_at
"""
# Also in the log that each of the writers can read.
RECORD_READING: LiteralString = """
    WITH read AS (
        INSERT INTO mend.harm_report_reads (read_at, read_by, reports)
        VALUES (%(now)s, session_user || ', ' || %(reader)s, %(reports)s)
        RETURNING read_at, read_by
    )
    INSERT INTO mend.access_log (user_id, occurred_at, actor, operator, action)
    SELECT DISTINCT r.user_id, read.read_at, 'operator', read.read_by, 'harm_reports_read'
    FROM mend.harm_reports AS r CROSS JOIN read WHERE r.id = ANY (%(reports)s)
"""
SWITCHED_OFF: LiteralString = "SELECT name FROM mend.safety_switches ORDER BY name"
SWITCH_OFF: LiteralString = "INSERT INTO mend.safety_switches (name, off_since) VALUES (%s, %s) ON CONFLICT DO NOTHING"
SWITCH_ON: LiteralString = "DELETE FROM mend.safety_switches WHERE name = %s"


class SupportCount(NamedTuple):
    """A month in a country, by grade. It names no person.

    `people` saw support of that grade. `check_ins` and `active_people` are of the whole country in that month.
    """

    month: str
    country: str
    grade: str
    shown: int
    people: int
    opened: int
    not_meant: int
    check_ins: int
    active_people: int

    @property
    def line(self) -> str:
        counts = (str(n) if n >= SMALLEST or n == 0 else f"<{SMALLEST}" for n in self[3:])
        rates = (
            _ratio(100 * self.shown, self.check_ins, self.shown),
            _ratio(self.shown, self.active_people, self.shown),
            _ratio(100 * self.people, self.active_people, self.people),
        )
        return ",".join((*self[:3], *counts, *rates))


class HarmReport(NamedTuple):
    """What harmed a person, and the support that it is about, if it is about one."""

    id: UUID
    reported_at: datetime
    grade: str | None
    code: str | None
    variant: int | None
    patterns: str | None
    texts: str | None
    words: str

    @property
    def line(self) -> str:
        """One line. `repr` escapes characters that could control the reader's terminal."""
        about = " ".join(str(value) for value in self[2:7] if value is not None) or "-"
        return f"{self.reported_at.isoformat(timespec='minutes')}  {self.id}  {about}  {self.words!r}"


def report(dsn: str, year: int) -> Iterator[str]:
    """The lines of a CSV. Counts below 10 are not told, nor what could be computed from them."""
    yield ",".join((*SupportCount._fields, *RATES))
    with psycopg.connect(dsn) as conn, conn.cursor(row_factory=class_row(SupportCount)) as cursor:
        yield from (count.line for count in cursor.execute(COUNTS, {"year": year}))


def _ratio(numerator: int, denominator: int, count: int) -> str:
    """Empty if the count or the denominator is small."""
    return f"{numerator / denominator:.2f}" if min(count, denominator) >= SMALLEST else ""


def harm_reports(dsn: str, reader: str) -> list[str]:
    """The reports, oldest first. Records that this reader has seen them."""
    with psycopg.connect(dsn) as conn, conn.cursor(row_factory=class_row(HarmReport)) as cursor:
        reports = cursor.execute(HARM_REPORTS).fetchall()
        ids = [report.id for report in reports]
        conn.execute(RECORD_READING, {"now": utc_now(), "reader": reader, "reports": ids})
    return [report.line for report in reports]


def switched_off(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as conn:
        return [name for (name,) in conn.execute(SWITCHED_OFF)]


def switch(dsn: str, name: str, *, on: bool) -> None:
    """Takes effect at the next request. Raises `UserError` for what neither exists nor is switched off."""
    with psycopg.connect(dsn) as conn:
        off = {off_name for (off_name,) in conn.execute(SWITCHED_OFF)}
        if not (_exists(name) or (on and name in off)):
            raise UserError(f"There is no {name}.", f"Did you mean {_nearest(name)}?")
        if on:
            conn.execute(SWITCH_ON, (name,))
        else:
            conn.execute(SWITCH_OFF, (name, utc_now()))


def _exists(name: str) -> bool:
    kind, _, rest = name.partition(":")
    return is_known(rest) if kind == "model" else name in _names()


def _nearest(name: str) -> str:
    """Of the same kind."""
    kind = name.partition(":")[0]
    [nearest] = get_close_matches(name, [each for each in _names() if each.partition(":")[0] == kind], 1, cutoff=0)
    return nearest


def _names() -> list[str]:
    """All that can be switched off. Models of a server of one's own have any name."""
    from functions.companion.prompts import prompts

    codes = rulebook().grades
    return [
        *(f"pattern:{code}" for code in codes),
        *(f"text:{code}:{variant}" for code in codes for variant in range(VARIANTS)),
        *(f"model:{model}" for model in model_limits()),
        *(f"prompt:{prompt}" for prompt in prompts()),
    ]
