"""What a profile says about a person's time and language: time zone, start of the day, locale, streaks."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import LiteralString, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.clock import at_wall_time, local_day, zone
from shared.connection import Connection, Result

# A person without a profile gets the defaults of a new one.
PROFILES: LiteralString = """
    SELECT me.user_id, coalesce(p.timezone, 'UTC') AS timezone, coalesce(p.day_starts_at, '00:00') AS day_starts_at,
           coalesce(p.locale, 'en') AS locale, coalesce(p.streaks_enabled, true) AS streaks_enabled
    FROM unnest(%(people)s::uuid[]) AS me (user_id) LEFT JOIN public.user_profiles AS p USING (user_id)
"""


class Clock(NamedTuple):
    """A person's local clock: their time zone, and the local time at which their day begins."""

    zone: ZoneInfo
    day_starts_at: time

    def today(self, now: datetime) -> date:
        return local_day(now, self.zone, self.day_starts_at)

    def day_start(self, day: date) -> datetime:
        return at_wall_time(day, self.day_starts_at, self.zone)

    def calendar_date(self, day: date, wall: time) -> date:
        """The date on the calendar when a wall clock shows this time within the person's day.

        A time before the start of the day comes at its end, on the date after.
        """
        return day + timedelta(days=wall < self.day_starts_at)

    def moment(self, day: date, wall: time) -> datetime:
        """The first instant within the person's day at which a wall clock shows this time, or has skipped it."""
        return at_wall_time(self.calendar_date(day, wall), wall, self.zone)

    def next_day_start(self, now: datetime, earliest: date) -> datetime:
        """When the person's next day begins, but not before the beginning of `earliest`."""
        return self.day_start(max(self.today(now) + timedelta(days=1), earliest))


class LocalProfile(NamedTuple):
    """The part of a profile that decides when a person is notified, and in which language."""

    user_id: UUID
    timezone: str
    day_starts_at: time
    locale: str
    streaks_enabled: bool

    @property
    def clock(self) -> Clock:
        return Clock(zone(self.timezone), self.day_starts_at)


def queue_profiles(conn: Connection, people: Sequence[UUID]) -> Result[LocalProfile]:
    """Queue the read. It returns one row per person, also for those without a profile."""
    return conn.queue(PROFILES, {"people": list(people)}, LocalProfile)


async def load_profiles(conn: Connection, people: Sequence[UUID]) -> dict[UUID, LocalProfile]:
    result = queue_profiles(conn, people)
    await conn.flush()
    return {profile.user_id: profile for profile in result.rows}
