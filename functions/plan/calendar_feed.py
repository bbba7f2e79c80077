"""The calendar of a plan: as a file for the person, or by a secret link that they can create and delete."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from functions.plan import queries, service_queries
from functions.plan.models import CalendarLink
from functions.plan.records import PlanRecord, not_cancelled
from shared.clock import utc_now
from shared.db import person_role, set_role
from shared.errors import NotFound
from shared.http import Call
from shared.icalendar import CalendarEvent, render_calendar
from shared.services import Services

NAME = "Mend"


async def read_own(call: Call) -> str:
    record = await queries.load_plan(call.conn, call.person.id, call.id, call.now)
    if record is None:
        raise NotFound
    return _text(record)


async def read_by_key(services: Services, key: UUID) -> str:
    """The calendar behind a link, read with the rights of the plan's owner. Raises `NotFound`."""
    async with services.database.service() as conn:
        owner = await service_queries.calendar_owner(conn, _digest(key))
        if owner is None:
            raise NotFound
        set_role(conn, person_role(owner.user_id))
        record = await queries.load_plan(conn, owner.user_id, owner.id, utc_now())
    if record is None:
        raise NotFound
    return _text(record)


async def create_link(call: Call) -> CalendarLink:
    """A new link. It replaces the one before."""
    key = uuid4()
    if not await queries.set_calendar_key(call.conn, call.id, _digest(key)):
        raise NotFound
    return CalendarLink(url=f"{call.services.settings.public_url}/plan/calendar/{key}.ics")


async def delete_link(call: Call) -> None:
    if not await queries.set_calendar_key(call.conn, call.id, None):
        raise NotFound


def _digest(key: UUID) -> bytes:
    return sha256(key.bytes).digest()


def _text(record: PlanRecord) -> str:
    """The calendar with all activities. While the plan is paused, planned ones have no date: they are cancelled."""
    cancelled = {"cancelled", "planned"} if record.plan.status == "paused" else {"cancelled"}
    starts = _starts(record)
    events = (
        CalendarEvent(
            uid=f"{activity.id}@mend",
            starts_at=starts[activity.id],
            minutes=activity.minutes,
            title=activity.title,
            sequence=activity.sequence,
            cancelled=activity.status in cancelled,
            changed_at=activity.changed_at or record.plan.created_at,
        )
        for activity in record.activities
    )
    return render_calendar(NAME, events)


def _starts(record: PlanRecord) -> dict[UUID, datetime]:
    """When each activity begins. If clocks skip an hour, two may begin at once: then the second follows the first."""
    dates, clock = {day.day: day.local_date for day in record.days}, record.clock
    starts = {row.id: clock.moment(dates[row.day], row.local_time) for row in record.activities}
    latest = over = datetime.min.replace(tzinfo=UTC)
    for row in sorted(not_cancelled(record.activities), key=lambda row: (starts[row.id], row.local_time)):
        latest = starts[row.id] if starts[row.id] > latest else over
        starts[row.id], over = latest, latest + timedelta(minutes=row.minutes)
    return starts
