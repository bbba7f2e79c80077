"""insights: statistics of a person's moods, and what goes with good and bad days."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.insights import events
from shared.events import Consumer, types
from shared.http import Api

app = Api("insights")


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def insights(_: Request) -> ASGIApp:
    return app


event_consumer = Consumer(
    "insights_events",
    {
        types.mood_recorded: events.roll_up,
        types.mood_changed: events.roll_up,
        types.mood_deleted: events.roll_up,
    },
)


@functions_framework.aio.http
async def insights_events(request: Request) -> Response:
    return await event_consumer.receive(request)
