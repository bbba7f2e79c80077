"""What a person is reminded of: each part of a day that still has something planned, once.

Reminders are laid down a week ahead, and another day of them with every day that begins: a change of plans has few to
change, however long the plan is.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Literal

from functions.plan.models import ReminderTimes
from functions.plan.records import Course, Plan
from functions.plan.rules.slots import SLOTS, TIMES
from shared import notifications
from shared.clock import at_wall_time
from shared.db import Connection
from shared.notifications import Reminder

KIND = "plan"
LATE = timedelta(minutes=10)  # what is due by now, the job may just be about to send
AHEAD = timedelta(days=6)
USUAL_TIMES: Mapping[str, str] = {slot: f"{TIMES[slot]:%H:%M}" for slot in SLOTS}


def times_with(wished: ReminderTimes | Literal[False] | None, known: Mapping[str, str] = USUAL_TIMES) -> dict[str, str]:
    return {**known, **(wished.model_dump(exclude_unset=True) if wished else {})}


def schedule(conn: Connection, course: Course, now: datetime, after: date = date.min) -> None:
    """What is not there yet, of days after that one."""
    wanted = [reminder for reminder in _wanted(course, now) if reminder.local_date > after]
    notifications.schedule(conn, course.plan.user_id, wanted, course.clock.zone)


def extend(conn: Connection, course: Course, now: datetime) -> None:
    """A plan knows when its next day begins: up to that moment its reminders reach a week ahead already."""
    plan = course.plan
    schedule(conn, course, now, _reach(plan, course.clock.today(plan.turns_at) - timedelta(days=1)))


def renew(conn: Connection, course: Course, now: datetime) -> None:
    """After whatever was changed about a plan. Of one that goes on, what is due today is left to be told."""
    plan, today = course.plan, course.clock.today(now)
    notifications.withdraw(conn, plan.user_id, plan.id, today + timedelta(days=1) if _reminds(plan) else today)
    schedule(conn, course, now)


def _wanted(course: Course, now: datetime) -> Iterator[Reminder]:
    plan, times = course.plan, course.plan.times
    if not _reminds(plan):
        return
    open_slots = {(a.day, a.slot) for a in course.activities if a.status == "planned"}
    near = _reach(plan, course.clock.today(now))
    for day in course.days:
        if day.local_date > near:
            continue
        for slot in SLOTS:
            if day.prompted and (day.day, slot) in open_slots:
                due = at_wall_time(day.local_date, times[slot], course.clock.zone)
                if due > now - LATE:
                    yield Reminder(KIND, day.local_date, slot, times[slot], plan.id, {"day": day.day})


def _reminds(plan: Plan) -> bool:
    return plan.status == "active" and plan.reminded


def _reach(plan: Plan, today: date) -> date:
    return max(today, plan.start_date) + AHEAD
