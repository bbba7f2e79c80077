"""Tells Mixpanel what people who agree to it have done, in batches, from the events that the outbox keeps for a week.

No request waits for it. While Mixpanel is away, events wait where they are; those that the outbox drops meanwhile are
lost. A run that is killed sends its last batch again, and Mixpanel drops the duplicates.
"""

from datetime import timedelta
from uuid import UUID

from functions.analytics import queries
from functions.analytics.deletions import check_deletions, request_deletions
from functions.analytics.events import mixpanel_event, reviewed_events
from functions.analytics.mixpanel import MOST_EVENTS, Mixpanel, MixpanelAway
from functions.analytics.queries import OutboxPosition
from shared import logs
from shared.clock import utc_now
from shared.db import Database

MOST_BATCHES = 100  # in one run
SETTLED = timedelta(minutes=1)  # by then the relay has committed what it published before
FIRST_ID = UUID(int=0)


async def upload(database: Database, mixpanel: Mixpanel) -> None:
    """Have data deleted that is due, send the events since the last run, and ask what became of earlier deletions.

    Stops when Mixpanel takes nothing.
    """
    try:
        await request_deletions(database, mixpanel)
        for _ in range(MOST_BATCHES):
            if not await _send_batch(database, mixpanel):
                break
        await check_deletions(database, mixpanel)
    except MixpanelAway as error:
        logs.warn("analytics_postponed", reason=str(error))


async def _send_batch(database: Database, mixpanel: Mixpanel) -> bool:
    """Whether there may be more. The first run of an installation only notes where to begin."""
    until = utc_now() - SETTLED
    async with database.service() as conn:
        position = await queries.load_position(conn)
        after = position or OutboxPosition(until, FIRST_ID)
        published = await queries.next_events(conn, after, until, [*reviewed_events()], MOST_EVENTS)
    events = [event for event in map(mixpanel_event, published) if event]
    if events:
        refused = await mixpanel.send(events)
        logs.event("analytics_sent", events=len(events), refused=refused)
    full = len(published) == MOST_EVENTS
    async with database.service() as conn:
        queries.store_position(conn, published[-1].position if full else OutboxPosition(until, FIRST_ID))
    return full
