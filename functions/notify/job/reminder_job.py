"""The job: every few minutes the next days are planned for whom it is time, and what is due is told."""

from datetime import datetime
from uuid import UUID

from functions.notify import channels, reminder_schedule, texts
from functions.notify import queries as person_queries
from functions.notify.channels.ports import Push
from functions.notify.job import delivery, queries
from functions.notify.kinds import INBOX
from shared import people
from shared.clock import at_wall_time
from shared.db import Database
from shared.events import Event, Unprocessable
from shared.events.types import NotificationRequest
from shared.services import Services, services

PEOPLE = 500


class NothingToTell(Unprocessable):
    """nothing of ours can be told from this request"""


async def remind(event: Event) -> None:
    """Plan the next days for whom it is time, and tell what is due."""
    parts = services()
    await roll_all(parts.database, event.occurred_at)
    await delivery.tell_due(parts, event.occurred_at)


async def roll_all(database: Database, now: datetime) -> None:
    while await database.retry(lambda: _roll(database, now)):
        pass


async def _roll(database: Database, now: datetime) -> int:
    async with database.service() as conn:
        rolling = await queries.to_roll(conn, now, PEOPLE)
        profiles = await people.load_profiles(conn, [each.user_id for each in rolling])
        zones = {person: profile.clock.zone for person, profile in profiles.items()}
        planned = [
            (each.user_id, reminder, at_wall_time(reminder.local_date, reminder.local_time, zones[each.user_id]))
            for each in rolling
            for reminder in reminder_schedule.ahead(
                each.check_in_times, zones[each.user_id], now, weekly=each.weekly, after=each.rolls_at
            )
        ]
        queries.plan(conn, planned)
        queries.rolled(conn, list(profiles), now + reminder_schedule.EVERY)
    return len(rolling)


async def tell_at_once(event: Event) -> None:
    """Tell what was requested, without waiting for the schedule. Raises `NothingToTell` if we have no text for it."""
    parts, person, request = services(), event.person, NotificationRequest.of(event)
    data = request.data or {}
    if not texts.accepts(request.kind, data):
        raise NothingToTell
    if request.kind == "test":
        await _test(parts, person, event)
        return
    async with parts.database.service() as conn:
        if not await person_queries.has_account(conn, person):
            return
        here = (await person_queries.settings(conn, person)).tz
        slot = request.slot or str(event.id)
        reminder_schedule.at_once(conn, person, here, event.occurred_at, kind=request.kind, slot=slot, data=data)
    await delivery.tell_due(parts, event.occurred_at)


async def _test(parts: Services, person: UUID, event: Event) -> None:
    async with parts.database.service() as conn:
        locale = (await person_queries.settings(conn, person)).locale
        tokens = await person_queries.devices(conn, person)
    told = texts.push("test", locale, {})
    until = event.occurred_at + reminder_schedule.EVERY
    pushes = [Push(token, str(event.id), told.title, told.body, INBOX, until) for token in tokens]
    outcomes = await channels.push(parts).send(pushes)
    gone = [push.token for push, outcome in zip(pushes, outcomes, strict=True) if outcome.state == "gone"]
    async with parts.database.service() as conn:
        person_queries.forget_devices(conn, person, gone)
