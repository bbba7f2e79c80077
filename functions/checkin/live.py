"""The streak as a live document that the app listens to."""

from datetime import timedelta
from typing import LiteralString
from uuid import UUID

from pydantic import JsonValue

from functions.checkin.rules.streak_days import Streak, seen_on
from functions.checkin.streaks import counted_anew
from shared.clock import at_wall_time, local_day, utc_now, zone
from shared.db import Connection
from shared.services import services

NAME = "streak"

# Of two events at once the later one must not write what it read before the earlier one was done.
ONE_AT_A_TIME: LiteralString = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"

STREAK: LiteralString = """
    SELECT coalesce(p.timezone, 'UTC'), coalesce(p.day_starts_at, '00:00'), coalesce(p.streaks_enabled, true),
           s.current, s.longest, s.last_day,
           (s.timezone, s.day_starts_at) = (coalesce(p.timezone, 'UTC'), coalesce(p.day_starts_at, '00:00'))
    FROM public.user_streaks AS s LEFT JOIN public.user_profiles AS p USING (user_id)
    WHERE s.user_id = %s
"""


async def update(conn: Connection, person: UUID) -> None:
    """Write the document anew from the record: late and repeated events end in the same one."""
    conn.post(ONE_AT_A_TIME, (f"live {person}",))
    row = await (await conn.execute(STREAK, (person,))).fetchone()
    if row is None:
        return
    timezone, day_starts_at, enabled, current, longest, last_day, same_clock = row
    here = zone(timezone)
    streak = Streak(current, longest, last_day)
    if not same_clock:
        streak = await counted_anew(conn, person, here, day_starts_at)
    today = local_day(utc_now(), here, day_starts_at)
    view = seen_on(streak, today)
    document: dict[str, JsonValue] = {
        "date": today.isoformat(),
        "current": view.current,
        "longest": view.longest,
        "checked_in_today": view.checked_in_today,
    }
    ends = at_wall_time(today + timedelta(days=2), day_starts_at, here)
    await services().live.put(conn, person, NAME, document if enabled else {}, ends)
