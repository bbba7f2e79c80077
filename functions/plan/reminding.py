"""What a person is reminded of: each part of a day that still has something planned, once."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal

from functions.plan.models import ReminderTimes
from functions.plan.queries import Course
from functions.plan.slots import SLOTS, TIMES
from shared import reminders
from shared.clock import at_wall_time
from shared.db import Connection
from shared.reminders import Reminder

KIND = "plan"
LATE = timedelta(minutes=10)  # what is due by now, the job may just be about to send
USUAL_TIMES: Mapping[str, str] = {slot: f"{TIMES[slot]:%H:%M}" for slot in SLOTS}


def times_with(wished: ReminderTimes | Literal[False] | None, known: Mapping[str, str] = USUAL_TIMES) -> dict[str, str]:
    return {**known, **(wished.model_dump(exclude_unset=True) if wished else {})}


def schedule(conn: Connection, course: Course, now: datetime) -> None:
    reminders.schedule(conn, course.plan.user_id, list(_wanted(course, now)), course.plan.clock.zone)


def renew(conn: Connection, course: Course, now: datetime) -> None:
    """After whatever was changed: nothing is left of what was scheduled before."""
    plan = course.plan
    reminders.withdraw(conn, plan.user_id, plan.id, plan.clock.today(now))
    schedule(conn, course, now)


def _wanted(course: Course, now: datetime) -> Iterator[Reminder]:
    plan, times = course.plan, course.plan.times
    if plan.status != "active" or not plan.reminded:
        return
    open_slots = {(a.day, a.slot) for a in course.activities if a.status == "planned"}
    for day in course.days:
        for slot in SLOTS:
            if day.prompted and (day.day, slot) in open_slots:
                due = at_wall_time(day.local_date, times[slot], plan.clock.zone)
                if due > now - LATE:
                    yield Reminder(KIND, day.local_date, slot, times[slot], plan.id, {"day": day.day})
