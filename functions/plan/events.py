"""Events that plans react to: moods, care periods, unwanted content, a new time zone, and the start of a day."""

from datetime import datetime
from uuid import UUID

from functions.plan import adaptation, live, queries, reminders, service_queries
from functions.plan.records import PlanRecord
from functions.plan.rules import adjustments
from shared import logs
from shared.clock import utc_now
from shared.db import Connection, person_role, set_role
from shared.events import Event, Events
from shared.events.types import ChangedConsent, ChangedFields, ContentInteraction
from shared.safety import care
from shared.services import services

BATCH = 200
UNWANTED = {"hide", "dislike"}  # kinds of interaction
CLOCK_FIELDS = {"timezone", "day_starts_at"}  # of a profile
FIRST_ID = UUID(int=0)


class DaysNotStarted(Exception):
    """The new day could not be started for some plans."""


async def follow_mood(conn: Connection, events: Events) -> None:
    """Adjust the plan to a mood off the arc. A check-in without a plan calls nobody, so a new plan looks as well."""
    now = utc_now()
    record = await _load_active(conn, events.person, now)
    if record:
        record = await adaptation.follow_mood(conn, record, now)
        live.update_today(conn, events.person, record, now)


async def pause_for_care(conn: Connection, events: Events) -> None:
    """Pause the plan, if the care period has not been closed meanwhile."""
    now = utc_now()
    record = await _load_active(conn, events.person, now)
    if record and await care.is_open(conn, now):
        record = await adaptation.pause(conn, record, adjustments.PAUSED_FOR_CARE, now)
        live.update_today(conn, events.person, record, now)


async def resume_after_care(conn: Connection, events: Events) -> None:
    """Resume the plan that was paused for care, unless the person has another active one."""
    now = utc_now()
    set_role(conn, person_role(events.person))
    if await care.is_open(conn, now) or await adaptation.load_active(conn, events.person, now):
        return
    paused = await queries.paused_plans(conn)
    if for_care := [plan.id for plan in paused if plan.reason == adjustments.PAUSED_FOR_CARE.code]:
        record = await adaptation.load_locked(conn, events.person, for_care[0], now)
        record = await adaptation.resume(conn, record, now)
        live.update_today(conn, events.person, record, now)


async def replace_unwanted(conn: Connection, events: Events) -> None:
    """Replace content that the person hides or dislikes in their active plan and in paused ones."""
    interactions = [ContentInteraction.from_event(event) for event in events]
    now, person = utc_now(), events.person
    for content_id in {interaction.content_id for interaction in interactions if interaction.kind in UNWANTED}:
        set_role(conn, person_role(person))
        for plan_id in await queries.plans_with_content(conn, content_id):
            set_role(conn, person_role(person))
            record = await adaptation.load_locked(conn, person, plan_id, now)
            record = await adaptation.replace_content(conn, record, content_id, now)
            live.update_today(conn, person, record, now)


async def follow_profile(conn: Connection, events: Events) -> None:
    """A new time zone, or another start of the day, moves activities, and may change which day is today."""
    now = utc_now()
    record = await _load_active(conn, events.person, now)
    if record:
        if any(CLOCK_FIELDS.intersection(ChangedFields.from_event(event).fields) for event in events):
            queries.increment_sequences(conn, record.plan.id, now)
            reminders.renew(conn, record, now)
        live.update_today(conn, events.person, record, now)


async def follow_consent(conn: Connection, events: Events) -> None:
    """Schedule the reminders of the plan of a person who agrees to messages. `notify` withdraws them."""
    if all(ChangedConsent.from_event(event).purpose != "messages" for event in events):
        return
    now = utc_now()
    record = await _load_active(conn, events.person, now)
    if record:
        reminders.renew(conn, record, now)


async def update_today(conn: Connection, events: Events) -> None:
    now = utc_now()
    live.update_today(conn, events.person, await _load_active(conn, events.person, now), now)


async def _load_active(conn: Connection, person: UUID, now: datetime) -> PlanRecord | None:
    """The person's active plan as of now, locked. Reads as the person, so that row-level security applies."""
    set_role(conn, person_role(person))
    return await adaptation.load_active(conn, person, now)


async def start_days(event: Event) -> None:
    """Start the day of each active plan whose next day has begun. Raises `DaysNotStarted` if some failed."""
    database, now = services().database, event.occurred_at
    failures, keyset = 0, (datetime.min.replace(tzinfo=now.tzinfo), FIRST_ID)
    while True:
        async with database.service() as conn:
            plans = await service_queries.due_plans(conn, now, keyset, BATCH)
        for plan in plans:
            try:
                await database.retry(lambda: _start_day(plan.user_id, plan.id, now))  # noqa: B023 - awaited at once
            except Exception as error:  # noqa: BLE001 - one person's plan must not hold up the others'
                logs.failure("plan_day_not_started", error)
                failures += 1
        if len(plans) < BATCH:
            break
        keyset = plans[-1].next_day_starts_at, plans[-1].id
    if failures:
        raise DaysNotStarted


async def _start_day(person: UUID, plan_id: UUID, now: datetime) -> None:
    async with services().database.transaction(person_role(person)) as conn:
        record = await adaptation.load_locked(conn, person, plan_id, now)
        live.update_today(conn, person, record, now)
    await live.documents.refresh([person])
