"""relay: publishes what the outbox holds. Woken by the database, swept by a schedule; keeps the house as well."""

from functools import cache
from hmac import compare_digest

import functions_framework.aio
from cloudevents.http.event import CloudEvent
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.relay import queries
from functions.relay.bus import Bus, LocalBus, PubSubBus
from functions.relay.models import Published
from functions.relay.publisher import publish_pending
from shared.db import Connection
from shared.errors import Unauthenticated
from shared.events import Event, consume
from shared.http import Api, PublicOperation, Visit, model_response
from shared.services import services


@cache
def bus(project: str | None) -> Bus:
    return PubSubBus(project) if project else LocalBus()


async def wake(visit: Visit) -> Response:
    """Publish what waits in the outbox; called by the database whenever something is added."""
    parts, secret = visit.services, visit.services.settings.relay_secret
    sent = visit.headers.get("authorization", "")
    if secret and not compare_digest(sent.encode(), f"Bearer {secret.get_secret_value()}".encode()):
        raise Unauthenticated(headers={"WWW-Authenticate": 'Bearer realm="relay"'})
    published = await publish_pending(parts.database, bus(parts.settings.pubsub_project))
    return model_response(Published(published=published))


async def sweep_outbox(_: Connection, __: Event) -> None:
    parts = services()
    await publish_pending(parts.database, bus(parts.settings.pubsub_project))


async def keep_house(conn: Connection, event: Event) -> None:
    queries.sweep(conn, event.occurred_at)


app = Api("relay", PublicOperation("POST", "/", wake, {200: Published}, counted=False))


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def relay(_: Request) -> ASGIApp:
    return app


@functions_framework.aio.cloud_event
async def relay_sweep(event: CloudEvent) -> None:
    await consume("relay_sweep", event, sweep_outbox)


@functions_framework.aio.cloud_event
async def retention(event: CloudEvent) -> None:
    await consume("retention", event, keep_house)
