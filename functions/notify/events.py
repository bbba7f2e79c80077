"""What `notify` does when something happens elsewhere."""

from datetime import datetime
from uuid import UUID

from functions.notify import inbox, queries, reminder_schedule
from shared import notifications
from shared.db import Connection
from shared.events import Event, Poison
from shared.safety import CARE_LASTS

MILESTONES = frozenset({3, 7, 14, 30, 50, 100, 200, 365, 500, 730, 1000})


class NoInsight(Poison):
    """it names no insight"""


async def react(conn: Connection, event: Event) -> None:
    if event.user_id is None or not await queries.has_account(conn, event.user_id):
        return
    match event.type:
        case "mood.recorded" | "mood.changed":
            await _entry(conn, event.user_id, event)
        case "profile.changed":
            await _profile(conn, event.user_id, event.occurred_at)
        case "insight.found":
            await _insight(conn, event.user_id, event)
        case "inbox.changed":
            await inbox.show(conn, event.user_id)


async def _entry(conn: Connection, person: UUID, event: Event) -> None:
    """Whoever checks in is told things from then on; whoever is in danger is left in peace."""
    queries.keep_if_new(conn, person, event.occurred_at)
    if event.data.get("safety"):
        queries.silence(conn, person, event.occurred_at + CARE_LASTS)
    elif event.type == "mood.recorded":
        days = await queries.streak(conn, person, event.occurred_at)
        here, _, wanted = await queries.settings(conn, person)
        if days in MILESTONES and wanted.kinds.streak:
            reminder_schedule.at_once(
                conn, person, here, event.occurred_at, kind="streak", slot=str(days), data={"days": days}
            )


async def _profile(conn: Connection, person: UUID, now: datetime) -> None:
    """What is ahead follows the clock where the person is now."""
    here, _, wanted = await queries.settings(conn, person)
    await reminder_schedule.plan_again(conn, person, here)
    ahead = reminder_schedule.ahead(wanted.times, here, now, weekly=wanted.kinds.weekly_summary, after=now)
    notifications.schedule(conn, person, ahead, here)


async def _insight(conn: Connection, person: UUID, event: Event) -> None:
    try:
        insight = UUID(str(event.data["insight_id"]))
    except (KeyError, ValueError):
        raise NoInsight from None
    here = (await queries.settings(conn, person)).tz
    reminder_schedule.at_once(
        conn, person, here, event.occurred_at, kind="insight", slot=str(insight), source_id=insight
    )
