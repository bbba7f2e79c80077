"""SQL of `plan` as `mend_service`: it finds plans of any person, by the key of a calendar or by the time."""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from shared.db import Connection

CALENDAR_OWNER: LiteralString = """
    SELECT user_id, id FROM public.elevation_plans WHERE calendar_key_digest = %(digest)s
"""

DUE_PLANS: LiteralString = """
    SELECT next_day_starts_at, id, user_id
    FROM public.elevation_plans
    WHERE status = 'active' AND next_day_starts_at <= %(now)s
      AND (next_day_starts_at, id) > (%(after_time)s, %(after_id)s)
    ORDER BY next_day_starts_at, id
    LIMIT %(limit)s
"""


class CalendarOwnerRow(NamedTuple):
    user_id: UUID
    id: UUID


class DuePlanRow(NamedTuple):
    next_day_starts_at: datetime
    id: UUID
    user_id: UUID


async def calendar_owner(conn: Connection, digest: bytes) -> CalendarOwnerRow | None:
    """The plan whose calendar key has this digest."""
    return (await conn.run(CALENDAR_OWNER, {"digest": digest}, CalendarOwnerRow)).first


async def due_plans(conn: Connection, now: datetime, after: tuple[datetime, UUID], limit: int) -> list[DuePlanRow]:
    """One page of the active plans whose next day has begun: those after this time and id."""
    params = {"now": now, "after_time": after[0], "after_id": after[1], "limit": limit}
    return (await conn.run(DUE_PLANS, params, DuePlanRow)).rows
