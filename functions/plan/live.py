"""What a plan holds for today, as a live document that the app listens to."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from functions.plan import queries, reminders
from functions.plan.records import Course, standing
from shared.db import SERVICE_ROLE, Connection, set_role
from shared.services import services

NAME = "plan_today"


async def update(conn: Connection, person: UUID, course: Course | None, now: datetime) -> None:
    """Write the document anew from the record: late and repeated events end in the same one."""
    document: dict[str, JsonValue] = {}
    expires_at = now
    if course and course.plan.status == "active":
        plan = course.plan
        expires_at = course.clock.next_day_start(now, plan.start_date)
        reminders.extend(conn, course, now)
        queries.turn(conn, plan.id, expires_at)
        document = _today(course, now)
    set_role(conn, SERVICE_ROLE)
    await services().live.put(conn, person, NAME, document, expires_at)


def _today(course: Course, now: datetime) -> dict[str, JsonValue]:
    plan, today = course.plan, course.clock.today(now)
    day = next((day for day in course.days if day.local_date == today), None)
    if day is None:
        return {}
    activities = [a for a in standing(course.activities) if a.day == day.day]
    return {
        "plan_id": str(plan.id),
        "date": today.isoformat(),
        "day": day.day,
        "of": plan.duration,
        "activities": [
            {
                "activity_id": str(activity.id),
                "title": activity.title,
                "kind": activity.kind,
                "minutes": activity.minutes,
                "slot": activity.slot,
                "local_time": f"{activity.local_time:%H:%M}",
                "status": activity.status,
            }
            for activity in activities
        ],
    }
