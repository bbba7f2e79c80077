"""The live document `plan_today`: the activities of the day that is today for the person."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from functions.plan import queries, reminders
from functions.plan.records import ActivityRow, PlanRecord, not_cancelled
from shared.db import SERVICE_ROLE, Connection, person_role, set_role
from shared.live.refresh import LiveDocument, LiveRefresher, request_document

DOCUMENT_NAME = "plan_today"


def update_today(conn: Connection, person: UUID, record: PlanRecord | None, now: datetime) -> None:
    """Request the document. Of an active plan, also schedule the reminders ahead and store when its next day starts."""
    if record and record.plan.status == "active":
        reminders.extend(conn, record, now)
        queries.set_next_day(conn, record.plan.id, record.clock.next_day_start(now, record.plan.start_date))
    set_role(conn, SERVICE_ROLE)
    request_document(conn, person, DOCUMENT_NAME)


async def build(conn: Connection, person: UUID, now: datetime) -> LiveDocument:
    """What the person's plan holds for today. Without an active plan the document is empty and has expired."""
    set_role(conn, person_role(person))
    plan_id = await queries.active_plan(conn)
    record = await queries.load_plan(conn, person, plan_id, now) if plan_id else None
    if record is None:
        return LiveDocument({}, now)
    return LiveDocument(_document(record, now), record.clock.next_day_start(now, record.plan.start_date))


def _document(record: PlanRecord, now: datetime) -> dict[str, JsonValue]:
    plan, today = record.plan, record.clock.today(now)
    day = next((day for day in record.days if day.local_date == today), None)
    if day is None:
        return {}
    return {
        "plan_id": str(plan.id),
        "date": today.isoformat(),
        "day": day.day,
        "days_total": plan.duration,
        "activities": [_activity(row) for row in not_cancelled(record.activities) if row.day == day.day],
    }


def _activity(row: ActivityRow) -> dict[str, JsonValue]:
    return {
        "activity_id": str(row.id),
        "title": row.title,
        "kind": row.kind,
        "minutes": row.minutes,
        "slot": row.slot,
        "local_time": f"{row.local_time:%H:%M}",
        "status": row.status,
    }


documents = LiveRefresher({DOCUMENT_NAME: build})
