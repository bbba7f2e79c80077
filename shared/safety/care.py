"""The care period: 72 hours after words of danger, in which the app is quiet. Also which support people were shown.

`show_support` decides in Postgres, so that an operator's switch takes effect at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import LiteralString, NamedTuple
from uuid import UUID

from psycopg.rows import TupleRow

from shared.ages import AgeBand
from shared.db import Connection, Result
from shared.events import emit
from shared.events.types import care_closed, care_opened
from shared.safety import gate, texts
from shared.safety.gate import Grade, grade_of

CARE_LASTS = timedelta(hours=72)

SHOW_SUPPORT: LiteralString = """
    SELECT code, variant, country, locale, safety_plan, mend.counted_age_band(mend.uid()) AS age_band
    FROM mend.show_support(%(codes)s, %(grades)s, %(opening_codes)s, %(opening_entries)s, %(care)s, %(variants)s,
                           %(patterns)s, %(texts)s, %(event_id)s, %(event_type)s, %(now)s)
"""
COUNT_SUPPORT: LiteralString = "SELECT mend.count_support(%(counted)s, %(grade)s, %(now)s)"
IN_CARE: LiteralString = "SELECT mend.in_care(%(now)s)"
CLOSE: LiteralString = """
    UPDATE public.care_periods SET ends_at = %(now)s WHERE user_id = mend.uid() AND ends_at > %(now)s RETURNING grade
"""


CLOSE_QUESTIONS: LiteralString = """
    UPDATE public.review_questions SET closed_at = %(now)s WHERE user_id = mend.uid() AND closed_at IS NULL
    RETURNING code
"""


class Opening(NamedTuple):
    """A code that opens a care period, unless it was answered for the same entry before."""

    code: str
    entry_id: UUID | None


class Shown(NamedTuple):
    """The support that a person is shown: what for, in which wording, country and language."""

    code: str
    variant: int
    country: str | None
    locale: str | None
    safety_plan: bool
    age_band: AgeBand | None = None


async def show_support(
    conn: Connection, person: UUID, codes: Sequence[str], openings: Sequence[Opening], now: datetime
) -> Shown | None:
    """Record that support is shown, and open a care period if `openings` do. None if all codes are switched off."""
    opened = care_opened(person, now)
    params = {
        "codes": list(codes),
        "grades": [grade_of(code) for code in codes],
        "opening_codes": [opening.code for opening in openings],
        "opening_entries": [opening.entry_id for opening in openings],
        "care": CARE_LASTS,
        "variants": texts.VARIANTS,
        "patterns": gate.version(),
        "texts": texts.VERSION,
        "event_id": opened.id,
        "event_type": opened.type,
        "now": now,
    }
    return (await conn.run(SHOW_SUPPORT, params, Shown)).first


async def close(conn: Connection, person_id: UUID, now: datetime) -> None:
    """End the person's care period, if there is one, and what a review asks. The feed follows the event."""
    questions = close_questions(conn, now)
    grades = [grade for (grade,) in (await conn.run(CLOSE, {"now": now})).rows]
    grades += [grade_of(code) for (code,) in questions.rows]
    for grade in grades:
        count(conn, "not_meant", grade, now)
    if grades:
        emit(conn, [care_closed(person_id, now)])


def close_questions(conn: Connection, now: datetime) -> Result[TupleRow]:
    """Queue the end of what a review asks the person."""
    return conn.queue(CLOSE_QUESTIONS, {"now": now})


def count(conn: Connection, counted: str, grade: Grade, now: datetime) -> None:
    conn.queue(COUNT_SUPPORT, {"counted": counted, "grade": grade, "now": now})


def queue_is_open(conn: Connection, now: datetime) -> Result[TupleRow]:
    """Queue the read of whether the person is in a care period."""
    return conn.queue(IN_CARE, {"now": now})


async def is_open(conn: Connection, now: datetime) -> bool:
    result = queue_is_open(conn, now)
    await conn.flush()
    [(in_care,)] = result.rows
    return bool(in_care)
