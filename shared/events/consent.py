"""Handlers of events that act while the person agrees to a purpose."""

from shared import consents
from shared.consents import Purpose
from shared.db import Connection
from shared.events.consumer import Handler
from shared.events.envelope import Events


def with_consent(purpose: Purpose, handler: Handler) -> Handler:
    """The handler, for events of people who agree to the purpose. Those of others change nothing."""

    async def handle(conn: Connection, events: Events) -> None:
        if await consents.is_granted(conn, events.person, purpose):
            await handler(conn, events)

    return handle
