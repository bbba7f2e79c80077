"""Plans follow what happens elsewhere: moods, dangers, moves, and the turn of each person's day."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from functions.plan import adaptation, lifecycle, queries, reminders
from functions.plan.records import Course, standing
from functions.plan.rules import adjustments
from shared import logs
from shared.clock import utc_now
from shared.db import SERVICE, Connection, become, of_person
from shared.events import Event
from shared.services import services

NAME = "plan_today"
BATCH = 200
MOODS_TOLD = {"mood.recorded", "mood.changed"}
DONE_WITH = {"hide", "dislike"}
START = UUID(int=0)


class Unturned(Exception):
    """Some plans could not be brought to the day that has begun."""


async def follow(conn: Connection, event: Event) -> None:
    """What an event means for the person's plan: nothing but one look where they have none."""
    unwanted = event.data.get("content_id") if event.data.get("kind") in DONE_WITH else None
    if event.user_id is None or (event.type == "content.interacted" and unwanted is None):
        return
    now = utc_now()
    become(conn, of_person(event.user_id))  # with their rights and no others: row-level security holds here, too
    plan_id = await queries.active(conn)
    course = await adaptation.locked(conn, event.user_id, plan_id, now) if plan_id else None
    if course and event.type in MOODS_TOLD:
        course = await _felt(conn, course, event, now)
    if course and unwanted:
        course = await adaptation.without(conn, course, str(unwanted), now)
    if course and _moved(event):
        queries.rekey(conn, course.plan.id, now)
    if course or event.type.startswith("plan."):
        await _show_today(conn, event.user_id, course, now)


async def turn_days(event: Event) -> None:
    """For everyone whose next day has begun: what was left undone is let go, and today is shown."""
    database, now = services().database, event.occurred_at
    failed, place = 0, (datetime.min.replace(tzinfo=now.tzinfo), START)
    while True:
        async with database.service() as conn:
            turning = await queries.turning(conn, now, place, BATCH)
        for plan in turning:
            try:
                await database.retrying(lambda: _turn(plan.user_id, plan.id, now))  # noqa: B023 - awaited within the same turn
            except Exception as error:  # noqa: BLE001 - one person's plan must not hold up the others'
                logs.failure("plan_not_turned", error)
                failed += 1
        if len(turning) < BATCH:
            break
        place = turning[-1].turns_at, turning[-1].id
    if failed:
        raise Unturned


async def _turn(person_id: UUID, plan_id: UUID, now: datetime) -> None:
    async with services().database.transaction(of_person(person_id)) as conn:
        course = await adaptation.locked(conn, person_id, plan_id, now)
        await _show_today(conn, person_id, course, now)


async def _felt(conn: Connection, course: Course, event: Event, now: datetime) -> Course:
    if course.plan.status != "active":
        return course
    if event.data.get("safety"):
        return await lifecycle.paused(conn, course, adjustments.PAUSED_FOR_CARE, now)
    bent = await adaptation.follow_mood(conn, course, now)
    return await adaptation.renewed(conn, course, now) if bent else course


def _moved(event: Event) -> bool:
    fields = event.data.get("fields")
    return event.type == "profile.changed" and isinstance(fields, list) and "timezone" in fields


async def _show_today(conn: Connection, person_id: UUID, course: Course | None, now: datetime) -> None:
    """Written from the record, not from the event: late and repeated events end in the same document."""
    document: dict[str, JsonValue] = {}
    expires_at = now
    if course and course.plan.status == "active":
        plan = course.plan
        expires_at = course.clock.next_turn(now, plan.start_date)
        reminders.extend(conn, course, now)
        queries.turn(conn, plan.id, expires_at)
        document = _today(course, now)
    become(conn, SERVICE)
    await services().live.put(conn, person_id, NAME, document, expires_at)


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
