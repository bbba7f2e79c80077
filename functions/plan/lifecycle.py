"""What a person decides about a plan of theirs: to pause it, go on, end it, or be reminded at other times."""

from datetime import datetime
from typing import Any

from functions.plan import adaptation, queries
from functions.plan.errors import PlanActive, PlanEnded
from functions.plan.models import PlanChange, PlanShown, Reminders
from functions.plan.records import Course
from functions.plan.reminders import times_with
from functions.plan.responses import whole
from functions.plan.rules import adjustments
from functions.plan.rules.slots import starts
from shared.db import Connection
from shared.errors import NotFound
from shared.http import Call


async def change(call: Call[PlanChange]) -> PlanShown:
    wanted, conn = call.body, call.conn
    course = await the_plan(call)
    if course.plan.status == "ended":
        if wanted.status == "ended" and wanted.reminders is None:
            return whole(course)
        raise PlanEnded
    if wanted.reminders is not None:
        _remind(conn, course, wanted.reminders, call.now)
        course = await adaptation.renewed(conn, course, call.now)
    match course.plan.status, wanted.status:
        case _, "ended":
            adaptation.tell(conn, course, adjustments.ENDED, call.now)
            course = await adaptation.end(conn, course, call.now)
        case "active", "paused":
            course = await paused(conn, course, adjustments.PAUSED, call.now)
        case "paused", "active":
            course = await _resumed(conn, course, call.now)
    return whole(course)


async def the_plan(call: Call[Any, Any]) -> Course:
    course = await adaptation.locked(call.conn, call.person.id, call.id, call.now)
    if course is None:
        raise NotFound
    return course


async def paused(conn: Connection, course: Course, why: adjustments.Change, now: datetime) -> Course:
    queries.change_plan(conn, course.plan._replace(status="paused", paused_on=course.clock.today(now)))
    adaptation.tell(conn, course, why, now)
    queries.rekey(conn, course.plan.id, now)
    return await adaptation.renewed(conn, course, now)


async def _resumed(conn: Connection, course: Course, now: datetime) -> Course:
    """The days that were left move on together: nothing piles up."""
    if await queries.active(conn):
        raise PlanActive
    adjustment = adjustments.resume(adaptation.days_of(course), course.clock.today(now))
    plan = course.plan._replace(status="active", paused_on=None)
    queries.rekey(conn, plan.id, now)
    await adaptation.adapt(conn, course._replace(plan=plan), adjustment, now)
    return await adaptation.renewed(conn, course, now)


def _remind(conn: Connection, course: Course, reminders: Reminders, now: datetime) -> None:
    plan = course.plan
    plan = plan._replace(slot_times=times_with(reminders, plan.slot_times), reminded=reminders is not False)
    queries.change_plan(conn, plan)
    if plan.slot_times != course.plan.slot_times:
        _move_to_new_times(conn, course._replace(plan=plan), now)


def _move_to_new_times(conn: Connection, course: Course, now: datetime) -> None:
    plan, today = course.plan, course.clock.today(now)
    times = starts(plan.per_day, plan.times)
    ahead = {day.day for day in course.days if day.local_date >= today}
    places = [
        {"day": activity.day, "position": activity.position, "local_time": times[activity.position]}
        for activity in course.activities
        if activity.day in ahead and activity.local_time != times[activity.position]
    ]
    queries.move(conn, plan.id, places, now)
