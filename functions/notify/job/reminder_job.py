"""The job: every few minutes the next days are planned for whom it is time, and what is due is told."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from functions.notify import channels, reminder_schedule, texts
from functions.notify import queries as person_queries
from functions.notify.channels.ports import Push
from functions.notify.job import delivery, queries
from functions.notify.kinds import INBOX
from shared import people
from shared.clock import at_wall_time
from shared.db import Database
from shared.events import Event, Poison
from shared.services import Services, services

PEOPLE = 500


class NotARequest(Poison):
    """nothing of ours can be told from this request"""


class Requested(BaseModel):
    """The data of `notification.requested`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    kind: Literal["account", "test"]
    slot: str | None = None  # of two with one slot on one day only the first is told
    data: dict[str, JsonValue] = {}


async def remind(event: Event) -> None:
    parts, now = services(), event.occurred_at
    if event.type == "notification.requested":
        await _tell_at_once(parts, event)
    else:
        await roll_all(parts.database, now)
        await delivery.tell_due(parts, now)


async def roll_all(database: Database, now: datetime) -> None:
    while await database.retrying(lambda: _roll(database, now)):
        pass


async def _roll(database: Database, now: datetime) -> int:
    async with database.service() as conn:
        rolling = await queries.to_roll(conn, now, PEOPLE)
        profiles = await people.profiles(conn, [each.user_id for each in rolling])
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


async def _tell_at_once(parts: Services, event: Event) -> None:
    try:
        asked = Requested.model_validate(event.data)
    except ValidationError:
        raise NotARequest from None
    if event.user_id is None or not texts.accepts(asked.kind, asked.data):
        raise NotARequest
    if asked.kind == "test":
        await _test(parts, event.user_id, event)
        return
    async with parts.database.service() as conn:
        if not await person_queries.has_account(conn, event.user_id):
            return
        here = (await person_queries.settings(conn, event.user_id)).tz
        slot = asked.slot or str(event.id)
        reminder_schedule.at_once(
            conn, event.user_id, here, event.occurred_at, kind=asked.kind, slot=slot, data=asked.data
        )
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
