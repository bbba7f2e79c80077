"""The event handlers of `checkin`: events that can change the streak update its live document."""

from functions.checkin import live
from shared.db import Connection
from shared.events import Event
from shared.live.refresh import request_document


async def update_streak(conn: Connection, event: Event) -> None:
    request_document(conn, event.person, live.DOCUMENT_NAME)
