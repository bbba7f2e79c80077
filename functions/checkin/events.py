"""The event handlers of `checkin`: events that can change the streak update its live document."""

from functions.checkin import live
from shared.db import Connection
from shared.events import Event


async def update_streak(conn: Connection, event: Event) -> None:
    await live.update(conn, event.person)
