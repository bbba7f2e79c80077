"""Reminders of a plan: one for each slot of a day in which something is still planned.

They are scheduled a week ahead, and one more day with every day that starts. So a change of the plan has few reminders
to change, however long the plan is.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Literal

from functions.plan.models import ReminderTimes
from functions.plan.records import PlanRecord, PlanRow
from functions.plan.rules.slots import DEFAULT_TIMES, SLOTS
from shared import notifications
from shared.db import Connection
from shared.notifications import Reminder

KIND = "plan"
GRACE = timedelta(minutes=10)  # a reminder that has just become due is kept: the job may be about to send it
AHEAD = timedelta(days=6)
DEFAULT_SLOT_TIMES: Mapping[str, str] = {slot: f"{DEFAULT_TIMES[slot]:%H:%M}" for slot in SLOTS}


def slot_times(
    requested: ReminderTimes | Literal[False] | None, current: Mapping[str, str] = DEFAULT_SLOT_TIMES
) -> dict[str, str]:
    """The current times by slot, with the requested ones in their place."""
    return {**current, **(requested.model_dump(exclude_unset=True) if requested else {})}


def schedule(conn: Connection, record: PlanRecord, now: datetime, after: date = date.min) -> None:
    """Schedule the reminders of the days of the plan after a date."""
    due = list(_reminders(record, now, after))
    notifications.schedule(conn, record.plan.user_id, due, record.clock.zone)


def extend(conn: Connection, record: PlanRecord, now: datetime) -> None:
    """Schedule the days that were not within a week yet when the plan's day last started."""
    plan = record.plan
    last_day = record.clock.today(plan.next_day_starts_at) - timedelta(days=1)
    schedule(conn, record, now, _last_scheduled(plan, last_day))


def renew(conn: Connection, record: PlanRecord, now: datetime) -> None:
    """Withdraw and schedule all reminders after a change. Those of today that are due are kept while it is active."""
    plan, clock = record.plan, record.clock
    local_now, today = now.astimezone(clock.zone).replace(tzinfo=None), clock.today(now)
    first = local_now if _has_reminders(plan) else datetime.combine(today, clock.day_starts_at)
    notifications.withdraw(conn, plan.user_id, plan.id, first)
    schedule(conn, record, now)


def _reminders(record: PlanRecord, now: datetime, after: date) -> Iterator[Reminder]:
    """The reminders of the week ahead, of days after a date."""
    plan, times, clock = record.plan, record.plan.times, record.clock
    if not _has_reminders(plan):
        return
    open_slots = {(activity.day, activity.slot) for activity in record.activities if activity.status == "planned"}
    last_date = _last_scheduled(plan, clock.today(now))
    for day in record.days:
        if not (day.has_reminders and after < day.local_date <= last_date):
            continue
        for slot in SLOTS:
            if (day.day, slot) in open_slots and clock.moment(day.local_date, times[slot]) > now - GRACE:
                on = clock.calendar_date(day.local_date, times[slot])
                yield Reminder(KIND, on, slot, times[slot], plan.id, {"day": day.day})


def _has_reminders(plan: PlanRow) -> bool:
    return plan.status == "active" and plan.reminders_enabled


def _last_scheduled(plan: PlanRow, today: date) -> date:
    return max(today, plan.start_date) + AHEAD
