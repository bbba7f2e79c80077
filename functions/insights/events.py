"""The event handler of `insights`: it keeps the sums of a person's entries, and marks their insights as stale."""

from functions.insights import queries
from shared.db import Connection
from shared.events import Event
from shared.events.types import EntryReferences


async def roll_up(conn: Connection, event: Event) -> None:
    """Count the days of the entries again. Duplicate, late and reordered events lead to the same sums."""
    entry_ids = EntryReferences.from_event(event).entry_ids
    if await queries.roll_up(conn, event.person, entry_ids or None):  # after an import, no entry is named
        queries.mark_stale(conn, event.person, event.occurred_at)
