"""Plans follow what happens elsewhere: moods, dangers, moves, and the turn of each person's day."""

from datetime import datetime
from uuid import UUID

from functions.plan import adaptation, lifecycle, live, queries
from functions.plan.records import Course
from functions.plan.rules import adjustments
from shared import logs
from shared.clock import utc_now
from shared.db import Connection, person_role, set_role
from shared.events import Event
from shared.events.types import Interaction, MoodEntry, ProfileFields
from shared.services import services

BATCH = 200
DONE_WITH = {"hide", "dislike"}
START = UUID(int=0)


class Unturned(Exception):
    """Some plans could not be brought to the day that has begun."""


async def follow_mood(conn: Connection, event: Event) -> None:
    """A mood off the way bends what is ahead; one that tells of danger pauses the plan."""
    now = utc_now()
    course = await _active(conn, event.person, now)
    if course is None:
        return
    if course.plan.status == "active":
        if MoodEntry.of(event).safety:
            course = await lifecycle.paused(conn, course, adjustments.PAUSED_FOR_CARE, now)
        elif await adaptation.follow_mood(conn, course, now):
            course = await adaptation.renewed(conn, course, now)
    await live.update(conn, event.person, course, now)


async def replace_unwanted(conn: Connection, event: Event) -> None:
    """Content that the person hides or dislikes leaves the plan."""
    interaction = Interaction.of(event)
    if interaction.kind not in DONE_WITH:
        return
    now = utc_now()
    course = await _active(conn, event.person, now)
    if course:
        course = await adaptation.without(conn, course, str(interaction.content_id), now)
        await live.update(conn, event.person, course, now)


async def follow_profile(conn: Connection, event: Event) -> None:
    """Whoever moves takes their days along."""
    now = utc_now()
    course = await _active(conn, event.person, now)
    if course:
        if "timezone" in ProfileFields.of(event).fields:
            queries.rekey(conn, course.plan.id, now)
        await live.update(conn, event.person, course, now)


async def update_today(conn: Connection, event: Event) -> None:
    now = utc_now()
    await live.update(conn, event.person, await _active(conn, event.person, now), now)


async def _active(conn: Connection, person: UUID, now: datetime) -> Course | None:
    """The person's plan, if they have one, by their rights and no others: row-level security holds here, too."""
    set_role(conn, person_role(person))
    plan_id = await queries.active(conn)
    return await adaptation.locked(conn, person, plan_id, now) if plan_id else None


async def turn_days(event: Event) -> None:
    """For everyone whose next day has begun: what was left undone is let go, and today is shown."""
    database, now = services().database, event.occurred_at
    failed, place = 0, (datetime.min.replace(tzinfo=now.tzinfo), START)
    while True:
        async with database.service() as conn:
            turning = await queries.turning(conn, now, place, BATCH)
        for plan in turning:
            try:
                await database.retry(lambda: _turn(plan.user_id, plan.id, now))  # noqa: B023 - awaited within the same turn
            except Exception as error:  # noqa: BLE001 - one person's plan must not hold up the others'
                logs.failure("plan_not_turned", error)
                failed += 1
        if len(turning) < BATCH:
            break
        place = turning[-1].turns_at, turning[-1].id
    if failed:
        raise Unturned


async def _turn(person_id: UUID, plan_id: UUID, now: datetime) -> None:
    async with services().database.transaction(person_role(person_id)) as conn:
        course = await adaptation.locked(conn, person_id, plan_id, now)
        await live.update(conn, person_id, course, now)
