"""relay: publishes what the outbox holds, woken by the database or a schedule; sweeps the tables of `shared`."""

from functools import cache
from hmac import compare_digest

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.relay.bus import Bus, LocalBus, PubSubBus
from functions.relay.models import Published
from functions.relay.publisher import publish_pending
from functions.relay.settings import RelaySettings
from shared import retention
from shared.db import Connection
from shared.errors import Unauthenticated
from shared.events import Consumer, Event, LongRunningConsumer, types
from shared.files import uploads
from shared.http import Api, PublicCall, PublicOperation, model_response
from shared.retention import retention_handler
from shared.services import services


@cache
def bus(project: str | None) -> Bus:
    return PubSubBus(project) if project else LocalBus()


async def wake(call: PublicCall) -> Response:
    """Publish what waits in the outbox; called by the database whenever something is added."""
    parts, own = call.services, call.services.settings.of(RelaySettings)
    sent = call.headers.get("authorization", "")
    if own.relay_secret and not compare_digest(sent.encode(), f"Bearer {own.relay_secret.get_secret_value()}".encode()):
        raise Unauthenticated(headers={"WWW-Authenticate": 'Bearer realm="relay"'})
    published = await publish_pending(parts.database, bus(own.pubsub_project))
    return model_response(Published(published=published))


async def sweep_outbox(_: Connection, __: Event) -> None:
    parts = services()
    await publish_pending(parts.database, bus(parts.settings.of(RelaySettings).pubsub_project))


async def sweep_shared(event: Event) -> None:
    """Delete what `shared` keeps only for a while: rows by their rules, then uploads that were never completed."""
    parts = services()
    await retention_handler(retention.__file__)(event)
    await uploads.sweep(parts.database, parts.files, event.occurred_at)


app = Api("relay", PublicOperation("POST", "/", wake, {200: Published}, counted=False))


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def relay(_: Request) -> ASGIApp:
    return app


sweep_consumer = Consumer("relay_sweep", {types.schedule_relay: sweep_outbox})
retention_consumer = LongRunningConsumer("relay_retention", {types.schedule_retention: sweep_shared})


@functions_framework.aio.http
async def relay_sweep(request: Request) -> Response:
    return await sweep_consumer.receive(request)


@functions_framework.aio.http
async def relay_retention(request: Request) -> Response:
    return await retention_consumer.receive(request)
