"""The event handlers of `insights`: they keep the sums of a person's entries, and mark their insights as stale."""

from functions.insights import queries
from functions.insights.experiments import job_queries
from shared import consents, people
from shared.clock import utc_now
from shared.db import Connection
from shared.events import Event
from shared.events.types import ChangedConsent, ChangedFields, EntryReferences
from shared.people import LocalProfile
from shared.stale_insights import mark_stale


async def roll_up(conn: Connection, event: Event) -> None:
    """Count the days of the entries again. Duplicate, late and reordered events lead to the same sums."""
    entry_ids = EntryReferences.from_event(event).entry_ids
    if await queries.roll_up(conn, event.person, entry_ids or None):  # after an import, no entry is named
        mark_stale(conn, event.person, event.occurred_at)


async def follow_consent(conn: Connection, event: Event) -> None:
    """Count all entries if the person agrees to insights. Delete what was computed if they do not."""
    if ChangedConsent.from_event(event).purpose != "insights":
        return
    if await consents.is_granted(conn, event.person, "insights"):
        await queries.roll_up(conn, event.person, None)
        mark_stale(conn, event.person, event.occurred_at)
    else:
        queries.delete_derived(conn, event.person)
        job_queries.stop(conn, event.person, event.occurred_at)


async def move_night(conn: Connection, event: Event) -> None:
    """After a change of the time zone, the next night of the person begins at another time."""
    if "timezone" in ChangedFields.from_event(event).fields:
        queries.move_night(conn, event.person, event.occurred_at)


async def pause_experiment(conn: Connection, event: Event) -> None:
    """Take the days of the care period out of the running experiment."""
    now, profile = utc_now(), await _load_profile(conn, event)
    job_queries.pause_days(conn, event.person, profile.clock.today(now), profile.timezone, now)


async def resume_experiment(conn: Connection, event: Event) -> None:
    """The days after today count again."""
    now, profile = utc_now(), await _load_profile(conn, event)
    job_queries.resume_days(conn, event.person, profile.clock.today(now), now)


async def _load_profile(conn: Connection, event: Event) -> LocalProfile:
    return (await people.load_profiles(conn, [event.person]))[event.person]
