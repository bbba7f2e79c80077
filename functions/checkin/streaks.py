"""A person's streak: the stored count plus one date if that is enough, else counted from all entries."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from functions.checkin import queries
from functions.checkin.models import Streak
from functions.checkin.queries import Context
from functions.checkin.rules.streak_days import EntryTime, StreakCount, count_days, covered_days, extend, streak_on
from shared.clock import zone
from shared.db import Connection
from shared.http import Call
from shared.people import Clock


def local_date_of(context: Context, moment: datetime, now: datetime) -> date:
    """The local date of a moment, today at the latest: a phone's clock that runs fast does not reach tomorrow."""
    return context.clock.today(min(moment, now))


async def count_with_entry(call: Call[Any, Any], context: Context, moment: datetime, local_date: date) -> StreakCount:
    """The count as it is once an entry of this local date is stored."""
    extended = extend(context.streak, local_date) if _is_valid(context) else None
    new_entry = EntryTime(moment, zone(context.timezone), local_date)
    return extended or await count_entries(call.conn, call.person.id, context.clock, new_entry)


async def load_count(call: Call[Any, Any], context: Context) -> StreakCount:
    """The stored count, or a new one if the person's clock has changed since."""
    if _is_valid(context):
        return context.streak
    return await count_entries(call.conn, call.person.id, context.clock)


async def count_entries(conn: Connection, person: UUID, clock: Clock, *unsaved: EntryTime) -> StreakCount:
    """The count of all stored entries and the unsaved ones, by the person's present clock."""
    rows = await queries.load_entry_times(conn, person)
    stored = [EntryTime(row.occurred_at, zone(row.timezone), row.local_date) for row in rows]
    entries = sorted([*stored, *unsaved], key=lambda entry: entry.occurred_at)
    return count_days(covered_days(entries, *clock))


async def recount(call: Call[Any, Any], context: Context) -> None:
    """Count all entries and store the result. `queries.load_context` has locked the streak."""
    count = await count_entries(call.conn, call.person.id, context.clock)
    row = {
        "current": count.current,
        "longest": count.longest,
        "last_day": count.last_day,
        "timezone": context.timezone,
        "day_starts_at": context.day_starts_at,
    }
    queries.store_streak(call.conn, row)


def present_streak(count: StreakCount, context: Context, now: datetime) -> Streak:
    streak = streak_on(count, context.clock.today(now))
    return Streak(current=streak.current, longest=streak.longest, checked_in_today=streak.checked_in_today)


def _is_valid(context: Context) -> bool:
    """A stored count is valid for the clock it was counted by. An empty one is always valid."""
    counted_by = (context.streak_timezone, context.streak_day_starts_at)
    return context.streak_last_day is None or counted_by == (context.timezone, context.day_starts_at)
