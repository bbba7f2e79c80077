"""The event handlers of `checkin`: events that can change the streak update its live document."""

from functions.checkin import live
from shared.db import Connection
from shared.events import Events
from shared.live.refresh import request_document


async def update_streak(conn: Connection, events: Events) -> None:
    request_document(conn, events.person, live.DOCUMENT_NAME)
