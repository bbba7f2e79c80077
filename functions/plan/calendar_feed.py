"""A plan in one's own calendar: as a file, or by an address that nobody can guess and that can be taken back."""

from hashlib import sha256
from uuid import UUID, uuid4

from functions.plan import queries
from functions.plan.models import CalendarLink
from functions.plan.records import Course
from functions.plan.rules.icalendar import Event, calendar
from shared.db import person_role, set_role
from shared.errors import NotFound
from shared.http import Call
from shared.services import Services

NAME = "Mend"


async def own(call: Call) -> str:
    course = await queries.course(call.conn, call.person.id, call.id)
    if course is None:
        raise NotFound
    return _text(course)


async def of_key(parts: Services, key: UUID) -> str:
    """Whoever has the key reads as the person whose plan it opens."""
    async with parts.database.service() as conn:
        plan = await queries.owner(conn, _digest(key))
        if plan is None:
            raise NotFound
        set_role(conn, person_role(plan.user_id))
        course = await queries.course(conn, plan.user_id, plan.id)
    if course is None:
        raise NotFound
    return _text(course)


async def link(call: Call) -> CalendarLink:
    """A new address; an earlier one leads nowhere from now on."""
    key = uuid4()
    if not await queries.set_key(call.conn, call.id, _digest(key)):
        raise NotFound
    return CalendarLink(url=f"{call.services.settings.public_url}/plan/calendar/{key}.ics")


async def unlink(call: Call) -> None:
    if not await queries.set_key(call.conn, call.id, None):
        raise NotFound


def _digest(key: UUID) -> bytes:
    return sha256(key.bytes).digest()


def _text(course: Course) -> str:
    gone = {"cancelled", "planned"} if course.plan.status == "paused" else {"cancelled"}  # what rests has no date
    dates = {day.day: day.local_date for day in course.days}
    events = (
        Event(
            uid=f"{activity.id}@mend",
            date=dates[activity.day],
            local_time=activity.local_time,
            minutes=activity.minutes,
            title=activity.title,
            sequence=activity.sequence,
            cancelled=activity.status in gone,
            changed_at=activity.changed_at or course.plan.created_at,
        )
        for activity in course.activities
    )
    return calendar(NAME, events, course.clock.zone)
