"""The streak as a live document that the app listens to."""

from datetime import timedelta
from uuid import UUID

from pydantic import JsonValue

from functions.checkin import queries
from functions.checkin.rules.streak_days import Streak, seen_on
from functions.checkin.streaks import counted_anew
from shared import locks, people
from shared.clock import utc_now
from shared.db import Connection
from shared.services import services

NAME = "streak"


async def update(conn: Connection, person: UUID) -> None:
    """Write the document anew from the record: late and repeated events end in the same one."""
    # Of two events at once the later one must not write what it read before the earlier one was done.
    locks.lock(conn, "live_streak", person)
    profiles = people.queue_profiles(conn, [person])
    stored = await queries.streak(conn, person)
    if stored is None:
        return
    [profile] = profiles.rows
    streak = Streak(stored.current, stored.longest, stored.last_day)
    if (stored.timezone, stored.day_starts_at) != (profile.timezone, profile.day_starts_at):
        streak = await counted_anew(conn, person, profile.clock)
    today = profile.clock.today(utc_now())
    view = seen_on(streak, today)
    document: dict[str, JsonValue] = {
        "date": today.isoformat(),
        "current": view.current,
        "longest": view.longest,
        "checked_in_today": view.checked_in_today,
    }
    ends = profile.clock.day_start(today + timedelta(days=2))
    await services().live.put(conn, person, NAME, document if profile.streaks_enabled else {}, ends)
