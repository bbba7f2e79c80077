"""What a person does about one activity: done, skipped, or something else instead."""

from uuid import UUID

from functions.plan import adaptation, queries
from functions.plan.errors import NotAhead, NothingElse, PlanEnded, Replaced
from functions.plan.lifecycle import the_plan
from functions.plan.models import ActivityChange
from functions.plan.records import Activity, Course, Day
from functions.plan.rules.choice import NothingFits
from functions.plan.selection import instead, supply
from shared import notifications
from shared.errors import NotFound
from shared.events import emit
from shared.events.types import plan_activity_finished
from shared.http import Call


async def finish(call: Call[ActivityChange]) -> Activity:
    """Before anything is brought up: what was done yesterday and told today was not missed."""
    queries.lock(call.conn, call.person.id)
    course = await queries.course(call.conn, call.person.id, call.id)
    if course is None:
        raise NotFound
    day, before = _found(course, call.path["activity_id"])
    wanted = call.body
    after = before._replace(
        status=wanted.status, mood_after=wanted.mood_after or before.mood_after, finished_at=call.now
    )
    if (after.status, after.mood_after) == (before.status, before.mood_after):
        return before
    queries.finish(call.conn, call.id, after)
    if not any(_shares_slot(other, before) for other in course.activities):
        notifications.close_slot(call.conn, call.person.id, call.id, day.local_date, before.slot)
    event = plan_activity_finished(
        call.person.id,
        call.now,
        plan_id=call.id,
        activity_id=after.id,
        content_id=after.content_id,
        status=wanted.status,
    )
    emit(call.conn, [event])
    return after


async def swap(call: Call) -> Activity:
    """Something else for the same place. What was there stays in the calendar as cancelled."""
    conn, now = call.conn, call.now
    course = await the_plan(call)
    day, before = _found(course, call.path["activity_id"])
    if before.status != "planned":
        raise NotAhead
    supplied = await supply(conn, course.plan.user_id, [(day.leaving, day.target)], now)
    try:
        after = instead(course.plan, day, before, supplied, course.activities)
    except NothingFits:
        raise NothingElse from None
    queries.set_status(conn, course.plan.id, [before.id], "cancelled", now)
    queries.store_activities(conn, course.plan.id, [after], now)
    changed = await adaptation.renewed(conn, course, now)
    return next(activity for activity in changed.activities if activity.id == after.id)


def _found(course: Course, activity_id: UUID) -> tuple[Day, Activity]:
    """An activity that may still be changed, and its day."""
    found = next((activity for activity in course.activities if activity.id == activity_id), None)
    if found is None:
        raise NotFound
    if course.plan.status == "ended":
        raise PlanEnded
    if found.status == "cancelled":
        raise Replaced
    return next(day for day in course.days if day.day == found.day), found


def _shares_slot(other: Activity, activity: Activity) -> bool:
    return (other.day, other.slot, other.status) == (activity.day, activity.slot, "planned") and other.id != activity.id
