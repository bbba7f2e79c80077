"""The streak as a live document that the app subscribes to."""

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import JsonValue

from functions.checkin import queries
from functions.checkin.rules.streak_days import StreakCount, streak_on
from shared import people
from shared.db import Connection
from shared.live.refresh import LiveDocument, LiveRefresher

DOCUMENT_NAME = "streak"


async def build(conn: Connection, person: UUID, now: datetime) -> LiveDocument | None:
    """The person's streak, or None if they have never checked in."""
    profiles = people.queue_profiles(conn, [person])
    stored = await queries.load_streak(conn, person)
    if stored is None:
        return None
    [profile] = profiles.rows
    count = StreakCount(stored.current, stored.longest, stored.last_day)
    if (stored.timezone, stored.day_starts_at) != (profile.timezone, profile.day_starts_at):
        count = await queries.count_streak(conn, person, profile.clock)
    today = profile.clock.today(now)
    streak = streak_on(count, today)
    fields: dict[str, JsonValue] = {
        "date": today.isoformat(),
        "current": streak.current,
        "longest": streak.longest,
        "checked_in_today": streak.checked_in_today,
    }
    return LiveDocument(fields if profile.streaks_enabled else {}, profile.clock.day_start(today + timedelta(days=2)))


documents = LiveRefresher({DOCUMENT_NAME: build})
