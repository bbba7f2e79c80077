"""The event handlers of `insights`: consent, the time zone, and care periods."""

from functions.insights import queries
from functions.insights.experiments import job_queries
from shared import consents, people
from shared.clock import utc_now
from shared.db import Connection
from shared.events import Events
from shared.events.types import ChangedConsent, ChangedFields
from shared.people import LocalProfile
from shared.stale_insights import mark_stale


async def follow_consent(conn: Connection, events: Events) -> None:
    """Count all entries if the person agrees to insights. Delete what was computed if they do not."""
    if all(ChangedConsent.from_event(event).purpose != "insights" for event in events):
        return
    if await consents.is_granted(conn, events.person, "insights"):
        await queries.recount(conn, events.person)
        mark_stale(conn, events.person, events.occurred_at)
    else:
        queries.delete_derived(conn, events.person)
        job_queries.stop(conn, events.person, events.occurred_at)


async def move_night(conn: Connection, events: Events) -> None:
    """After a change of the time zone, the next night of the person begins at another time."""
    if any("timezone" in ChangedFields.from_event(event).fields for event in events):
        queries.move_night(conn, events.person, events.occurred_at)


async def pause_experiment(conn: Connection, events: Events) -> None:
    """Take the days of the care period out of the running experiment."""
    now, profile = utc_now(), await _load_profile(conn, events)
    job_queries.pause_days(conn, events.person, profile.clock.today(now), profile.timezone, now)


async def resume_experiment(conn: Connection, events: Events) -> None:
    """The days after today count again."""
    now, profile = utc_now(), await _load_profile(conn, events)
    job_queries.resume_days(conn, events.person, profile.clock.today(now), now)


async def _load_profile(conn: Connection, events: Events) -> LocalProfile:
    return (await people.load_profiles(conn, [events.person]))[events.person]
