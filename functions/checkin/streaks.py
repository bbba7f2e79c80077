"""A person's streak: the stored count plus one date if that is enough, else counted from all entries."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from functions.checkin import queries
from functions.checkin.models import Streak
from functions.checkin.queries import Context
from functions.checkin.rules.streak_days import StreakCount, extend, streak_on
from shared.http import Call


def local_date_of(context: Context, moment: datetime, now: datetime) -> date:
    """The local date of a moment, today at the latest: a phone's clock that runs fast does not reach tomorrow."""
    return context.clock.today(min(moment, now))


def count_with_day(context: Context, local_date: date) -> StreakCount | None:
    """The stored count with one more date, or None if all entries have to be counted."""
    return extend(context.streak, local_date) if _is_valid(context) else None


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
