"""The lifecycle of a plan: the person pauses, resumes or ends it, or changes its reminders."""

from datetime import datetime

from functions.plan import adaptation, queries
from functions.plan.errors import PlanEnded
from functions.plan.models import PlanChange, Reminders
from functions.plan.records import PlanRecord
from functions.plan.reminders import slot_times
from functions.plan.rules import adjustments
from functions.plan.rules.slots import start_times
from shared.db import Connection
from shared.http import Call


async def change(call: Call[PlanChange]) -> PlanRecord:
    body, conn = call.body, call.conn
    record = await adaptation.load_locked(conn, call.person.id, call.id, call.now)
    if record.plan.status == "ended":
        if body.status == "ended" and body.reminders is None:
            return record
        raise PlanEnded
    if body.reminders is not None:
        _set_reminders(conn, record, body.reminders, call.now)
        record = await adaptation.reload_changed(conn, record, call.now)
    match record.plan.status, body.status:
        case _, "ended":
            adaptation.store_change(conn, record, adjustments.ENDED, call.now)
            return await adaptation.end(conn, record, call.now)
        case "active", "paused":
            return await adaptation.pause(conn, record, adjustments.PAUSED, call.now)
        case "paused", "active":
            return await adaptation.resume(conn, record, call.now)
    return record


def _set_reminders(conn: Connection, record: PlanRecord, reminders: Reminders, now: datetime) -> None:
    plan = record.plan._replace(
        slot_times=slot_times(reminders, record.plan.slot_times), reminders_enabled=reminders is not False
    )
    queries.update_plan(conn, plan)
    if plan.slot_times != record.plan.slot_times:
        _reschedule(conn, record._replace(plan=plan), now)


def _reschedule(conn: Connection, record: PlanRecord, now: datetime) -> None:
    """Move the activities from today on to the plan's slot times."""
    plan, today = record.plan, record.clock.today(now)
    times = start_times(plan.per_day, plan.times)
    days = {day.day for day in record.days if day.local_date >= today}
    places = [
        {"day": activity.day, "position": activity.position, "local_time": times[activity.position]}
        for activity in record.activities
        if activity.day in days and activity.local_time != times[activity.position]
    ]
    queries.move_activities(conn, plan.id, places, now)
