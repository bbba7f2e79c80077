"""A person's streak: the stored count plus one date if that is enough, else counted from all entries."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from functions.checkin import queries
from functions.checkin.models import Streak
from functions.checkin.queries import Context
from functions.checkin.rules.streak_days import StreakCount, extend, streak_on
from shared.clock import zone_of_offset
from shared.http import Call
from shared.people import Clock


def clock_at(context: Context, moment: datetime) -> Clock:
    """The person's clock at the time of an entry: that of the place where they were.

    An offset that the zone of the profile does not have then is that of another place. UTC is of no place.
    """
    clock, offset = context.clock, moment.utcoffset()
    if not offset or offset == moment.astimezone(clock.zone).utcoffset():
        return clock
    return clock._replace(zone=zone_of_offset(moment) or clock.zone)


def count_with_entry(context: Context, timezone: str, local_date: date) -> StreakCount | None:
    """The stored count with one more entry, or None if all have to be counted."""
    is_enough = timezone == context.timezone and _is_valid(context)
    return extend(context.streak, local_date) if is_enough else None


async def load_count(call: Call[Any, Any], context: Context) -> StreakCount:
    """The stored count, or a new one if the person's clock has changed since."""
    if _is_valid(context):
        return context.streak
    return await queries.count_streak(call.conn, call.person.id, context.clock)


async def recount(call: Call[Any, Any], context: Context) -> StreakCount:
    """Count all entries and store the result. `queries.load_context` has locked the streak."""
    count = await queries.count_streak(call.conn, call.person.id, context.clock)
    row = {**asdict(count), "timezone": context.timezone, "day_starts_at": context.day_starts_at}
    queries.store_streak(call.conn, row)
    return count


def present_streak(count: StreakCount, context: Context, now: datetime) -> Streak:
    streak = streak_on(count, context.clock.today(now))
    return Streak(current=streak.current, longest=streak.longest, checked_in_today=streak.checked_in_today)


def _is_valid(context: Context) -> bool:
    """A stored count is valid for the clock it was counted by. An empty one is always valid."""
    counted_by = (context.streak_timezone, context.streak_day_starts_at)
    return context.streak_last_day is None or counted_by == (context.timezone, context.day_starts_at)
