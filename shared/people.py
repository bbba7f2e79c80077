"""By which clock a person lives."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.clock import at_wall_time, local_day


class Clock(NamedTuple):
    zone: ZoneInfo
    day_starts_at: time

    def today(self, now: datetime) -> date:
        return local_day(now, self.zone, self.day_starts_at)

    def begins(self, day: date) -> datetime:
        return at_wall_time(day, self.day_starts_at, self.zone)

    def next_turn(self, now: datetime, earliest: date) -> datetime:
        """When the next day begins, from some day on."""
        return self.begins(max(self.today(now) + timedelta(days=1), earliest))
