"""The live document `plan_today`: the activities of the day that is today for the person."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from functions.plan import queries, reminders
from functions.plan.records import ActivityRow, PlanRecord, not_cancelled
from shared.db import SERVICE, Connection, become
from shared.services import services

NAME = "plan_today"


async def update_today(conn: Connection, person: UUID, record: PlanRecord | None, now: datetime) -> None:
    """Rebuild the document from Postgres, so that late and duplicate events give the same result.

    Also schedules the reminders of the days ahead, and stores when the next day of an active plan starts.
    """
    document: dict[str, JsonValue] = {}
    expires_at = now
    if record and record.plan.status == "active":
        plan = record.plan
        expires_at = record.clock.next_turn(now, plan.start_date)
        reminders.extend(conn, record, now)
        queries.set_next_day(conn, plan.id, expires_at)
        document = _document(record, now)
    become(conn, SERVICE)
    await services().live.put(conn, person, NAME, document, expires_at)


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
