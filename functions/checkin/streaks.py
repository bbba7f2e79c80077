"""A person's days and streak: counted on from what is stored where that is enough, else from every entry."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from functions.checkin import queries
from functions.checkin.models import StreakShown
from functions.checkin.queries import Context
from functions.checkin.rules.streak_days import Entry, Streak, days_covered, extended, from_days, seen_on
from shared.clock import zone
from shared.db import Connection
from shared.http import Call
from shared.people import Clock


def day_of(context: Context, moment: datetime, now: datetime) -> date:
    """The local day of a moment. A clock that runs fast must not take an entry into tomorrow."""
    return context.clock.today(min(moment, now))


async def streak_with(call: Call[Any, Any], context: Context, moment: datetime, day: date) -> Streak:
    """The streak once an entry of that day is stored."""
    stored = Streak(context.streak_current, context.streak_longest, context.streak_last_day)
    counted_on = extended(stored, day) if _same_clock(context) else None
    unsaved = Entry(moment, zone(context.timezone), day)
    return counted_on or await counted_anew(call.conn, call.person.id, context.clock, unsaved)


async def streak_now(call: Call[Any, Any], context: Context) -> Streak:
    if _same_clock(context):
        return Streak(context.streak_current, context.streak_longest, context.streak_last_day)
    return await counted_anew(call.conn, call.person.id, context.clock)


async def counted_anew(conn: Connection, person: UUID, clock: Clock, *unsaved: Entry) -> Streak:
    """From all that the person ever entered, by the clock they live by now."""
    entries = [Entry(row.occurred_at, zone(row.timezone), row.local_date) for row in await queries.days(conn, person)]
    entries = sorted([*entries, *unsaved], key=lambda entry: entry.occurred_at)
    return from_days(days_covered(entries, *clock))


async def keep_recounted(call: Call[Any, Any], context: Context) -> None:
    """Count anew after entries were changed, and store it. The context has locked the streak."""
    streak = await counted_anew(call.conn, call.person.id, context.clock)
    row = {
        "current": streak.current,
        "longest": streak.longest,
        "last_day": streak.last_day,
        "timezone": context.timezone,
        "day_starts_at": context.day_starts_at,
    }
    queries.keep_streak(call.conn, row)


def shown(streak: Streak, context: Context, now: datetime) -> StreakShown:
    view = seen_on(streak, context.clock.today(now))
    return StreakShown(current=view.current, longest=view.longest, checked_in_today=view.checked_in_today)


def _same_clock(context: Context) -> bool:
    """A stored streak is only valid for the clock it was counted by. One that was never counted is valid."""
    counted_by = (context.streak_timezone, context.streak_day_starts_at)
    return context.streak_last_day is None or counted_by == (context.timezone, context.day_starts_at)
