"""The lifecycle of a plan: the person pauses, resumes or ends it, or changes its reminders."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time

from functions.plan import adaptation, queries
from functions.plan.errors import PlanEnded
from functions.plan.models import PlanChange, Reminders
from functions.plan.records import ActivityRow, PlanRecord
from functions.plan.reminders import slot_times
from functions.plan.rules import adjustments
from functions.plan.rules.slots import Slot, times_of
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
    """Move the activities from today on to the plan's times of their slots."""
    today = record.clock.today(now)
    days = {day.day for day in record.days if day.local_date >= today}
    by_day = {day: [each for each in record.activities if each.day == day] for day in days}
    places = [place for activities in by_day.values() for place in _moved_places(activities, record.plan.times)]
    queries.move_activities(conn, record.plan.id, places, now)


def _moved_places(activities: Sequence[ActivityRow], slot_times: Mapping[Slot, time]) -> Iterator[dict[str, object]]:
    """The places of one day that get another time. A swapped activity has the place of the one before."""
    slots = dict(sorted((activity.position, activity.slot) for activity in activities))
    times = dict(zip(slots, times_of(tuple(slots.values()), slot_times), strict=True))
    for activity in activities:
        if activity.local_time != times[activity.position]:
            yield {"day": activity.day, "position": activity.position, "local_time": times[activity.position]}
