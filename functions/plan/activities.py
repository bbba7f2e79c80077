"""Activities: the person marks one as done or skipped, or swaps it for another."""

from datetime import timedelta
from uuid import UUID

from functions.plan import adaptation, queries, responses
from functions.plan.errors import ActivityNotPlanned, ActivityReplaced, NoActivityFits, PlanEnded
from functions.plan.models import Activity, ActivityChange
from functions.plan.records import ActivityRow, DayRow, PlanRecord
from functions.plan.rules.choice import NoOption
from functions.plan.selection import load_options, plan_theme, replace_activity
from shared import notifications
from shared.errors import DayAhead, NotFound
from shared.events import emit
from shared.events.types import plan_activity_finished
from shared.http import Call

EARLY = timedelta(days=1)  # a plan that is made late begins tomorrow, and a phone may be in a zone ahead


async def finish(call: Call[ActivityChange]) -> Activity:
    """Store the status, before the plan catches up: yesterday's activity can still be marked as done today."""
    queries.lock_plans(call.conn, call.person.id)
    record = await queries.load_plan(call.conn, call.person.id, call.id, call.now)
    if record is None:
        raise NotFound
    day, activity = _changeable(record, call.path["activity_id"])
    if day.local_date > record.clock.today(call.now) + EARLY:
        raise DayAhead
    change = call.body
    finished = activity._replace(
        status=change.status, mood_after=change.mood_after or activity.mood_after, finished_at=call.now
    )
    if (finished.status, finished.mood_after) == (activity.status, activity.mood_after):
        return responses.activity(activity, record.locale)
    queries.finish_activity(call.conn, call.id, finished)
    if not any(_is_open_beside(other, activity) for other in record.activities):
        date = record.clock.calendar_date(day.local_date, record.plan.times[activity.slot])
        notifications.close_slot(call.conn, call.person.id, call.id, date, activity.slot)
    event = plan_activity_finished(
        call.person.id,
        call.now,
        plan_id=call.id,
        activity_id=activity.id,
        content_id=activity.content_id,
        status=change.status,
    )
    emit(call.conn, [event])
    return responses.activity(finished, record.locale)


async def swap(call: Call) -> Activity:
    """Replace the activity. The replaced one is cancelled, so that calendars remove it."""
    conn, now = call.conn, call.now
    record = await adaptation.load_locked(conn, call.person.id, call.id, now)
    day, activity = _changeable(record, call.path["activity_id"])
    if activity.status != "planned":
        raise ActivityNotPlanned
    options = await load_options(conn, call.person.id, [(day.from_mood, day.target)], now, plan_theme(record.plan))
    try:
        replacement = replace_activity(record, day, activity, options, record.activities)
    except NoOption:
        raise NoActivityFits from None
    queries.set_status(conn, call.id, [activity.id], "cancelled", now)
    queries.insert_activities(conn, call.id, [replacement], now)
    changed = await adaptation.reload_changed(conn, record, now)
    row = next(row for row in changed.activities if row.id == replacement.id)
    return responses.activity(row, changed.locale)


def _changeable(record: PlanRecord, activity_id: UUID) -> tuple[DayRow, ActivityRow]:
    """The activity and its day. Raises `NotFound`, `PlanEnded` or `ActivityReplaced`."""
    activity = next((activity for activity in record.activities if activity.id == activity_id), None)
    if activity is None:
        raise NotFound
    if record.plan.status == "ended":
        raise PlanEnded
    if activity.status == "cancelled":
        raise ActivityReplaced
    return next(day for day in record.days if day.day == activity.day), activity


def _is_open_beside(other: ActivityRow, activity: ActivityRow) -> bool:
    """Whether the other activity is still planned in the same slot of the same day."""
    same_slot = (other.day, other.slot) == (activity.day, activity.slot)
    return same_slot and other.status == "planned" and other.id != activity.id
