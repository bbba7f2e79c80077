"""Handles the events of other capabilities. Events of accounts that no longer exist change nothing."""

from datetime import time

from functions.notify import live, queries, reminder_schedule
from shared import consents, notifications
from shared.db import Connection
from shared.events import Events
from shared.events.types import ChangedConsent, InsightReference
from shared.live.refresh import request_document
from shared.milestones import MILESTONES
from shared.notifications import Reminder

INSIGHT_AT = time(10)


async def handle_check_in(conn: Connection, events: Events) -> None:
    """Store default preferences, and schedule a notification if the latest entry completes a milestone of a streak."""
    if not await queries.has_account(conn, events.person):
        return
    queries.insert_default_preferences(conn, events.person, events.occurred_at)
    if await queries.in_care(conn, events.person, events.occurred_at):
        return
    days = await queries.streak_today(conn, events.person, events.occurred_at)
    tz, _, preferences = await queries.load_settings(conn, events.person)
    if days in MILESTONES and preferences.kinds.streak:
        reminder_schedule.schedule_now(
            conn, events.person, tz, events.occurred_at, kind="streak", slot=str(days), data={"days": days}
        )


async def follow_consent(conn: Connection, events: Events) -> None:
    """Schedule the reminders of a person who agrees to messages. Withdraw those of a person who does not."""
    if all(ChangedConsent.from_event(event).purpose != "messages" for event in events):
        return
    if await consents.is_granted(conn, events.person, "messages"):
        queries.insert_default_preferences(conn, events.person, events.occurred_at)
        queries.resume_schedule(conn, events.person, events.occurred_at)
    else:
        queries.stop_messages(conn, events.person)


async def reschedule(conn: Connection, events: Events) -> None:
    """Move the pending notifications to the person's new zone, and schedule their next reminders in it."""
    if not await queries.has_account(conn, events.person):
        return
    now = events.occurred_at
    tz, _, preferences = await queries.load_settings(conn, events.person)
    await reminder_schedule.move_pending(conn, events.person, tz)
    weekly = preferences.kinds.weekly_summary
    reminders = reminder_schedule.next_reminders(preferences.local_times, tz, now, weekly=weekly, after=now)
    notifications.schedule(conn, events.person, reminders, tz)


async def schedule_insight(conn: Connection, events: Events) -> None:
    """Schedule a notification for the next 10:00. The insight's id is the slot, so a repeated event adds nothing."""
    insight_ids = [InsightReference.from_event(event).insight_id for event in events]
    if not await queries.has_account(conn, events.person):
        return
    tz = (await queries.load_settings(conn, events.person)).tz
    day = reminder_schedule.next_day_with(INSIGHT_AT, tz, events.occurred_at)
    reminders = [Reminder("insight", day, str(insight_id), INSIGHT_AT, insight_id) for insight_id in insight_ids]
    notifications.schedule(conn, events.person, reminders, tz)


async def update_inbox(conn: Connection, events: Events) -> None:
    request_document(conn, events.person, live.DOCUMENT_NAME)
