"""A person's days and streak: counted on from what is stored where that is enough, else from every entry."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from functions.checkin import queries
from functions.checkin.models import StreakShown
from functions.checkin.queries import Context
from functions.checkin.rules.streak_days import Entry, Streak, days_covered, extended, from_days, seen_on
from shared.clock import local_day, zone
from shared.db import Connection
from shared.http import Call


def clock_of(context: Context) -> tuple[ZoneInfo, time]:
    return zone(context.timezone), context.day_starts_at


def day_of(context: Context, moment: datetime, now: datetime) -> date:
    """The local day of a moment. A clock that runs fast must not take an entry into tomorrow."""
    return local_day(min(moment, now), *clock_of(context))


async def streak_with(call: Call[Any, Any], context: Context, moment: datetime, day: date) -> Streak:
    """The streak once an entry of that day is stored."""
    stored = Streak(context.streak_current, context.streak_longest, context.streak_last_day)
    counted_on = extended(stored, day) if _same_clock(context) else None
    unsaved = Entry(moment, zone(context.timezone), day)
    return counted_on or await counted_anew(call.conn, call.person.id, *clock_of(context), unsaved)


async def streak_now(call: Call[Any, Any], context: Context) -> Streak:
    if _same_clock(context):
        return Streak(context.streak_current, context.streak_longest, context.streak_last_day)
    return await counted_anew(call.conn, call.person.id, *clock_of(context))


async def counted_anew(conn: Connection, person: UUID, here: ZoneInfo, day_starts_at: time, *unsaved: Entry) -> Streak:
    """From all that the person ever entered, by the clock they live by now."""
    entries = [Entry(at, zone(name), day) for at, name, day in await queries.days(conn, person)]
    entries = sorted([*entries, *unsaved], key=lambda entry: entry.occurred_at)
    return from_days(days_covered(entries, here, day_starts_at))


async def keep_recounted(call: Call[Any, Any], context: Context) -> None:
    """Count anew after entries were changed, and store it. The context has locked the streak."""
    streak = await counted_anew(call.conn, call.person.id, *clock_of(context))
    row = {
        "current": streak.current,
        "longest": streak.longest,
        "last_day": streak.last_day,
        "timezone": context.timezone,
        "day_starts_at": context.day_starts_at,
    }
    call.conn.post(queries.KEEP_STREAK, row)


def shown(streak: Streak, context: Context, now: datetime) -> StreakShown:
    view = seen_on(streak, local_day(now, *clock_of(context)))
    return StreakShown(current=view.current, longest=view.longest, checked_in_today=view.checked_in_today)


def _same_clock(context: Context) -> bool:
    """A streak counted by another clock does not hold; one that was never counted has nothing to hold."""
    counted_by = (context.streak_timezone, context.streak_day_starts_at)
    return context.streak_last_day is None or counted_by == (context.timezone, context.day_starts_at)
