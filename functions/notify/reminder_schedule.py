"""What is to be told regularly: planned some days ahead, by the clock where the person is."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from functions.notify import queries
from shared import notifications
from shared.clock import at_wall_time
from shared.db import Connection
from shared.notifications import Reminder

DAYS_AHEAD = 3  # today is the first
EVERY = timedelta(days=1)
SUMMARY_AT = time(18)
SUNDAY = 6


def ahead(times: Iterable[time], tz: ZoneInfo, now: datetime, *, weekly: bool, after: datetime) -> list[Reminder]:
    """The reminders of the next days that come after that moment. The slot is the time, so a time is told of once."""
    today = now.astimezone(tz).date()
    days = [today + timedelta(days=number) for number in range(DAYS_AHEAD)]
    wanted = [Reminder("check_in", day, f"{at:%H:%M}", at) for day in days for at in times]
    if weekly:
        wanted += [Reminder("weekly_summary", day, "evening", SUMMARY_AT) for day in days if day.weekday() == SUNDAY]
    return [reminder for reminder in wanted if at_wall_time(reminder.local_date, reminder.local_time, tz) > after]


async def plan_again(conn: Connection, person: UUID, tz: ZoneInfo) -> None:
    """After a change of zone or wishes: what is still ahead takes its new moment, and is judged anew."""
    ahead = await queries.still_ahead(conn, person)
    moments = [(row.id, at_wall_time(row.local_date, row.local_time, tz)) for row in ahead]
    queries.move(conn, person, moments)


def at_once(  # noqa: PLR0913 - the parts of one reminder
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
    """To be told as soon as may be."""
    local = now.astimezone(tz)
    reminder = Reminder(kind, local.date(), slot, local.time(), source_id, data)
    notifications.schedule(conn, person, [reminder], tz)
