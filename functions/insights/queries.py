"""The SQL of the sums by day, week, month and year, and of what a person sets for their insights."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from shared import locks
from shared.db import Connection
from shared.moods import MOODS

ROLL_UP: LiteralString = "SELECT mend.roll_up_entries(%(person)s, %(changed)s, %(coordinates)s)"

# The account may have been deleted meanwhile.
MARK_STALE: LiteralString = """
    INSERT INTO mend.insight_people AS p (user_id, stale_since)
    SELECT %(person)s, %(now)s WHERE mend.has_account(%(person)s)
    ON CONFLICT (user_id) DO UPDATE SET stale_since = greatest(p.stale_since, excluded.stale_since)
"""

# Everybody who has, or had, an entry.
PEOPLE: LiteralString = "SELECT user_id FROM public.user_streaks UNION SELECT user_id FROM mend.insight_people"


async def roll_up(conn: Connection, person: UUID, entry_ids: Sequence[UUID] | None) -> int:
    """Count the days of these entries again, or all days for None. Returns how many rows differed."""
    locks.lock(conn, "insight_days", person)
    changed = list(entry_ids) if entry_ids is not None else None
    params = {"person": person, "changed": changed, "coordinates": Jsonb(_coordinates())}
    [(differing,)] = (await conn.run(ROLL_UP, params)).rows
    return int(differing)


def mark_stale(conn: Connection, person: UUID, now: datetime) -> None:
    """Tell the job that the insights of this person are to be computed again."""
    conn.queue(MARK_STALE, {"person": person, "now": now})


async def load_people(conn: Connection) -> list[UUID]:
    return [person for (person,) in (await conn.run(PEOPLE)).rows]


@cache
def _coordinates() -> dict[str, tuple[float, float]]:
    return {mood.name: mood.point for mood in MOODS.values()}
