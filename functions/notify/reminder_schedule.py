"""When notifications are due: regular reminders some days ahead, in the local time of the person."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from functions.notify import queries
from shared import notifications
from shared.clock import at_wall_time
from shared.db import Connection
from shared.notifications import Reminder

DAYS_AHEAD = 3  # including today
INTERVAL = timedelta(days=1)  # after which the job schedules a person's reminders again
SUMMARY_AT = time(10)  # when the reviews of a month and a year are told as well
MONDAY = 0


def next_reminders(
    check_in_times: Iterable[time], tz: ZoneInfo, now: datetime, *, weekly: bool, after: datetime
) -> list[Reminder]:
    """The reminders of the next days that are due later than `after`. A check-in's slot is its time of day."""
    today = now.astimezone(tz).date()
    days = [today + timedelta(days=number) for number in range(DAYS_AHEAD)]
    reminders = [Reminder("check_in", day, f"{at:%H:%M}", at) for day in days for at in check_in_times]
    if weekly:
        reminders += [Reminder("weekly_summary", day, "", SUMMARY_AT) for day in days if day.weekday() == MONDAY]
    return [reminder for reminder in reminders if at_wall_time(reminder.local_date, reminder.local_time, tz) > after]


def next_day_with(wall: time, tz: ZoneInfo, now: datetime) -> date:
    """The first local date on which this time of day is still to come."""
    today = now.astimezone(tz).date()
    return today if at_wall_time(today, wall, tz) > now else today + timedelta(days=1)


async def move_pending(conn: Connection, person: UUID, tz: ZoneInfo) -> None:
    """Compute anew when pending notifications are due, after a change of zone or preferences."""
    pending = await queries.lock_pending(conn, person)
    due_times = [(row.id, at_wall_time(row.local_date, row.local_time, tz)) for row in pending]
    queries.move_pending(conn, person, due_times)


def schedule_now(  # noqa: PLR0913 - the parts of one notification
    conn: Connection,
    person: UUID,
    tz: ZoneInfo,
    now: datetime,
    *,
    kind: str,
    slot: str,
    source_id: UUID | None = None,
    data: Mapping[str, JsonValue] = MappingProxyType({}),
) -> None:
    """Schedule a notification that is due at once. The next run of the job sends it."""
    local = now.astimezone(tz)
    reminder = Reminder(kind, local.date(), slot, local.time(), source_id, data)
    notifications.schedule(conn, person, [reminder], tz)
