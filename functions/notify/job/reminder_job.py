"""The reminder job: schedules the reminders of the next days and sends the notifications that are due."""

from datetime import datetime
from uuid import UUID

from functions.notify import queries as person_queries
from functions.notify import reminder_schedule, texts
from functions.notify.channels import selection
from functions.notify.channels.ports import Push
from functions.notify.job import queries
from functions.notify.job.sender import Sender
from functions.notify.kinds import INBOX
from shared import people
from shared.clock import at_wall_time
from shared.db import Database
from shared.events import Event, Unprocessable
from shared.events.types import NotificationRequest
from shared.services import Services, services

BATCH = 500  # people whose reminders are scheduled in one transaction


class NoTextForRequest(Unprocessable):
    """there is no text for this kind of notification with this data"""


async def run(event: Event) -> None:
    """Handle one tick. The time of the tick counts as now."""
    parts = services()
    await schedule_next_reminders(parts.database, event.occurred_at)
    await _send_due(parts, event.occurred_at)


async def schedule_next_reminders(database: Database, now: datetime) -> None:
    """Schedule the reminders of everyone whose `schedule_next_at` has passed."""
    while await database.retry(lambda: _schedule_batch(database, now)):
        pass


async def _schedule_batch(database: Database, now: datetime) -> int:
    async with database.service() as conn:
        settings = await queries.lock_schedule_settings(conn, now, BATCH)
        profiles = await people.load_profiles(conn, [row.user_id for row in settings])
        zones = {person: profile.clock.zone for person, profile in profiles.items()}
        reminders = [
            (row.user_id, reminder, at_wall_time(reminder.local_date, reminder.local_time, zones[row.user_id]))
            for row in settings
            for reminder in reminder_schedule.next_reminders(
                row.check_in_times, zones[row.user_id], now, weekly=row.weekly, after=row.schedule_next_at
            )
        ]
        queries.insert_reminders(conn, reminders)
        queries.set_schedule_next_at(conn, list(profiles), now + reminder_schedule.INTERVAL)
    return len(settings)


async def send_requested(event: Event) -> None:
    """Send the requested notification at once. Raises `NoTextForRequest` if there is no text for it."""
    parts, person, request = services(), event.person, NotificationRequest.from_event(event)
    data = request.data or {}
    if not texts.accepts(request.kind, data):
        raise NoTextForRequest
    if request.kind == "test":
        await _send_test(parts, person, event)
        return
    async with parts.database.service() as conn:
        if not await person_queries.has_account(conn, person):
            return
        tz = (await person_queries.load_settings(conn, person)).tz
        slot = request.slot or str(event.id)
        reminder_schedule.schedule_now(conn, person, tz, event.occurred_at, kind=request.kind, slot=slot, data=data)
    await _send_due(parts, event.occurred_at)


async def _send_due(parts: Services, now: datetime) -> None:
    await Sender(parts, selection.push(parts), selection.mail(parts)).send_due(now)


async def _send_test(parts: Services, person: UUID, event: Event) -> None:
    async with parts.database.service() as conn:
        locale = (await person_queries.load_settings(conn, person)).locale
        tokens = await person_queries.device_tokens(conn, person)
    text = texts.push("test", locale, {})
    expires_at = event.occurred_at + reminder_schedule.INTERVAL
    pushes = [Push(token, str(event.id), text.title, text.body, INBOX, expires_at) for token in tokens]
    outcomes = await selection.push(parts).send(pushes)
    gone = [push.token for push, outcome in zip(pushes, outcomes, strict=True) if outcome.state == "gone"]
    async with parts.database.service() as conn:
        person_queries.delete_devices(conn, person, gone)
