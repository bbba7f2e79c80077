"""What a plan holds for today, as a live document that the app listens to."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from functions.plan import queries, reminders
from functions.plan.records import Course, standing
from shared.db import SERVICE, Connection, become, of_person
from shared.live.refresh import LiveDocument, LiveRefresher, request_document

DOCUMENT_NAME = "plan_today"


def update(conn: Connection, person: UUID, course: Course | None, now: datetime) -> None:
    """Extend the reminders of a plan to its new day, and have the document written after the commit."""
    if course and course.plan.status == "active":
        reminders.extend(conn, course, now)
        queries.turn(conn, course.plan.id, course.clock.next_turn(now, course.plan.start_date))
    become(conn, SERVICE)
    request_document(conn, person, DOCUMENT_NAME)


async def build(conn: Connection, person: UUID, now: datetime) -> LiveDocument:
    """What the person's plan holds for today. Without an active plan the document is empty and has expired."""
    become(conn, of_person(person))
    plan_id = await queries.active(conn)
    course = await queries.course(conn, person, plan_id) if plan_id else None
    if course is None:
        return LiveDocument({}, now)
    return LiveDocument(_today(course, now), course.clock.next_turn(now, course.plan.start_date))


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


documents = LiveRefresher({DOCUMENT_NAME: build})
