"""What `notify` does when something happens elsewhere. An account that is gone is told nothing."""

from functions.notify import live, queries, reminder_schedule
from shared import notifications
from shared.db import Connection
from shared.events import Event
from shared.events.types import EntryReference, InsightReference
from shared.live.refresh import request_document
from shared.safety import CARE_LASTS

MILESTONES = frozenset({3, 7, 14, 30, 50, 100, 200, 365, 500, 730, 1000})


async def follow_check_in(conn: Connection, event: Event) -> None:
    """A milestone of the streak is praised, unless the person is in danger."""
    if not await queries.has_account(conn, event.person) or _silenced(conn, event):
        return
    days = await queries.streak(conn, event.person, event.occurred_at)
    here, _, wanted = await queries.settings(conn, event.person)
    if days in MILESTONES and wanted.kinds.streak:
        reminder_schedule.at_once(
            conn, event.person, here, event.occurred_at, kind="streak", slot=str(days), data={"days": days}
        )


async def follow_change(conn: Connection, event: Event) -> None:
    """An entry that was changed may tell of danger as well."""
    if await queries.has_account(conn, event.person):
        _silenced(conn, event)


def _silenced(conn: Connection, event: Event) -> bool:
    """Whoever checks in is told things from then on; whoever is in danger is left in peace."""
    queries.keep_if_new(conn, event.person, event.occurred_at)
    in_danger = EntryReference.from_event(event).safety is not None
    if in_danger:
        queries.silence(conn, event.person, event.occurred_at + CARE_LASTS)
    return in_danger


async def reschedule(conn: Connection, event: Event) -> None:
    """What is ahead follows the clock where the person is now."""
    if not await queries.has_account(conn, event.person):
        return
    now = event.occurred_at
    here, _, wanted = await queries.settings(conn, event.person)
    await reminder_schedule.plan_again(conn, event.person, here)
    ahead = reminder_schedule.ahead(wanted.times, here, now, weekly=wanted.kinds.weekly_summary, after=now)
    notifications.schedule(conn, event.person, ahead, here)


async def announce_insight(conn: Connection, event: Event) -> None:
    insight = InsightReference.from_event(event).insight_id
    if not await queries.has_account(conn, event.person):
        return
    here = (await queries.settings(conn, event.person)).tz
    reminder_schedule.at_once(
        conn, event.person, here, event.occurred_at, kind="insight", slot=str(insight), source_id=insight
    )


async def update_inbox(conn: Connection, event: Event) -> None:
    request_document(conn, event.person, live.DOCUMENT_NAME)
