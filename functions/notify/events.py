"""Handles the events of other capabilities. Events of accounts that no longer exist change nothing."""

from datetime import time

from functions.notify import live, queries, reminder_schedule
from shared import consents, notifications
from shared.db import Connection
from shared.events import Event
from shared.events.types import ChangedConsent, InsightReference
from shared.live.refresh import request_document
from shared.notifications import Reminder

MILESTONES = frozenset({3, 7, 14, 30, 50, 100, 200, 365, 500, 730, 1000})  # days of a streak
INSIGHT_AT = time(10)


async def handle_check_in(conn: Connection, event: Event) -> None:
    """Store default preferences, and schedule a notification if the entry completes a milestone of the streak."""
    if not await queries.has_account(conn, event.person):
        return
    queries.insert_default_preferences(conn, event.person, event.occurred_at)
    if await queries.in_care(conn, event.person, event.occurred_at):
        return
    days = await queries.streak_today(conn, event.person, event.occurred_at)
    tz, _, preferences = await queries.load_settings(conn, event.person)
    if days in MILESTONES and preferences.kinds.streak:
        reminder_schedule.schedule_now(
            conn, event.person, tz, event.occurred_at, kind="streak", slot=str(days), data={"days": days}
        )


async def follow_consent(conn: Connection, event: Event) -> None:
    """Schedule the reminders of a person who agrees to messages. Withdraw those of a person who does not."""
    if ChangedConsent.from_event(event).purpose != "messages":
        return
    if await consents.is_granted(conn, event.person, "messages"):
        queries.insert_default_preferences(conn, event.person, event.occurred_at)
        queries.resume_schedule(conn, event.person, event.occurred_at)
    else:
        queries.stop_messages(conn, event.person)


async def reschedule(conn: Connection, event: Event) -> None:
    """Move the pending notifications to the person's new zone, and schedule their next reminders in it."""
    if not await queries.has_account(conn, event.person):
        return
    now = event.occurred_at
    tz, _, preferences = await queries.load_settings(conn, event.person)
    await reminder_schedule.move_pending(conn, event.person, tz)
    weekly = preferences.kinds.weekly_summary
    reminders = reminder_schedule.next_reminders(preferences.local_times, tz, now, weekly=weekly, after=now)
    notifications.schedule(conn, event.person, reminders, tz)


async def schedule_insight(conn: Connection, event: Event) -> None:
    """Schedule a notification for the next 10:00. The insight's id is the slot, so a repeated event adds nothing."""
    insight_id = InsightReference.from_event(event).insight_id
    if not await queries.has_account(conn, event.person):
        return
    tz = (await queries.load_settings(conn, event.person)).tz
    day = reminder_schedule.next_day_with(INSIGHT_AT, tz, event.occurred_at)
    notifications.schedule(conn, event.person, [Reminder("insight", day, str(insight_id), INSIGHT_AT, insight_id)], tz)


async def update_inbox(conn: Connection, event: Event) -> None:
    request_document(conn, event.person, live.DOCUMENT_NAME)
