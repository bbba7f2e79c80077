"""The streak as a live document that the app subscribes to."""

from datetime import timedelta
from uuid import UUID

from pydantic import JsonValue

from functions.checkin import queries
from functions.checkin.rules.streak_days import StreakCount, streak_on
from functions.checkin.streaks import count_entries
from shared import locks, people
from shared.clock import utc_now
from shared.db import Connection
from shared.services import services

NAME = "streak"


async def update(conn: Connection, person: UUID) -> None:
    """Rebuild the document from Postgres, so late and duplicate events give the same result."""
    # Of two concurrent events the one that read earlier must not write later.
    locks.lock(conn, "live_streak", person)
    profiles = people.post_profiles(conn, [person])
    stored = await queries.load_streak(conn, person)
    if stored is None:
        return
    [profile] = profiles.rows
    count = StreakCount(stored.current, stored.longest, stored.last_day)
    if (stored.timezone, stored.day_starts_at) != (profile.timezone, profile.day_starts_at):
        count = await count_entries(conn, person, profile.clock)
    today = profile.clock.today(utc_now())
    streak = streak_on(count, today)
    document: dict[str, JsonValue] = {
        "date": today.isoformat(),
        "current": streak.current,
        "longest": streak.longest,
        "checked_in_today": streak.checked_in_today,
    }
    expires_at = profile.clock.begins(today + timedelta(days=2))
    await services().live.put(conn, person, NAME, document if profile.streaks_enabled else {}, expires_at)
