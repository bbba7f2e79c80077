"""Handles the events of other capabilities. Events of accounts that no longer exist change nothing."""

from functions.notify import live, queries, reminder_schedule
from shared import notifications
from shared.db import Connection
from shared.events import Event
from shared.events.types import EntryReferences, InsightReference
from shared.live.refresh import request_document
from shared.safety import CARE_LASTS

MILESTONES = frozenset({3, 7, 14, 30, 50, 100, 200, 365, 500, 730, 1000})  # days of a streak


async def handle_check_in(conn: Connection, event: Event) -> None:
    """Schedule a notification if the entry completes a milestone of the streak and tells of no danger."""
    if not await queries.has_account(conn, event.person) or _starts_care_period(conn, event):
        return
    days = await queries.streak_today(conn, event.person, event.occurred_at)
    tz, _, preferences = await queries.load_settings(conn, event.person)
    if days in MILESTONES and preferences.kinds.streak:
        reminder_schedule.schedule_now(
            conn, event.person, tz, event.occurred_at, kind="streak", slot=str(days), data={"days": days}
        )


async def handle_changed_entry(conn: Connection, event: Event) -> None:
    """Start a care period if the changed entry tells of danger."""
    if await queries.has_account(conn, event.person):
        _starts_care_period(conn, event)


def _starts_care_period(conn: Connection, event: Event) -> bool:
    """Store default preferences for a person without any, and a care period if the entry tells of danger."""
    queries.insert_default_preferences(conn, event.person, event.occurred_at)
    in_danger = EntryReferences.from_event(event).safety is not None
    if in_danger:
        queries.extend_silence(conn, event.person, event.occurred_at + CARE_LASTS)
    return in_danger


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
    """Schedule a notification about an insight. Its id is the slot, so a repeated event adds nothing."""
    insight_id = InsightReference.from_event(event).insight_id
    if not await queries.has_account(conn, event.person):
        return
    tz = (await queries.load_settings(conn, event.person)).tz
    reminder_schedule.schedule_now(
        conn, event.person, tz, event.occurred_at, kind="insight", slot=str(insight_id), source_id=insight_id
    )


async def update_inbox(conn: Connection, event: Event) -> None:
    request_document(conn, event.person, live.DOCUMENT_NAME)
