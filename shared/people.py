"""Where people live: their zone, the start of their day, and the language they read."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import LiteralString, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.clock import at_wall_time, local_day, zone
from shared.connection import Connection, Result

# Somebody without a profile has that of a new person.
PROFILES: LiteralString = """
    SELECT me.user_id, coalesce(p.timezone, 'UTC') AS timezone, coalesce(p.day_starts_at, '00:00') AS day_starts_at,
           coalesce(p.locale, 'en') AS locale, coalesce(p.streaks_enabled, true) AS streaks_enabled
    FROM unnest(%(people)s::uuid[]) AS me (user_id) LEFT JOIN public.user_profiles AS p USING (user_id)
"""


class Clock(NamedTuple):
    """The clock that a person lives by."""

    zone: ZoneInfo
    day_starts_at: time

    def today(self, now: datetime) -> date:
        return local_day(now, self.zone, self.day_starts_at)

    def begins(self, day: date) -> datetime:
        return at_wall_time(day, self.day_starts_at, self.zone)

    def next_turn(self, now: datetime, earliest: date) -> datetime:
        """When the next day begins, from some day on."""
        return self.begins(max(self.today(now) + timedelta(days=1), earliest))


class LocalProfile(NamedTuple):
    """The part of a profile that says when a person is told something, and in which language."""

    user_id: UUID
    timezone: str
    day_starts_at: time
    locale: str
    streaks_enabled: bool

    @property
    def clock(self) -> Clock:
        return Clock(zone(self.timezone), self.day_starts_at)


def queue_profiles(conn: Connection, people: Sequence[UUID]) -> Result[LocalProfile]:
    """One for each of these people, whether they have a profile or not."""
    return conn.queue(PROFILES, {"people": list(people)}, LocalProfile)


async def load_profiles(conn: Connection, people: Sequence[UUID]) -> dict[UUID, LocalProfile]:
    posted = queue_profiles(conn, people)
    await conn.flush()
    return {profile.user_id: profile for profile in posted.rows}
