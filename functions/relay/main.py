"""relay: publishes the outbox, woken by the database and by a schedule, and deletes expired rows of `shared`."""

from functools import cache
from hmac import compare_digest

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.relay import queries
from functions.relay.bus import LocalBus, PubSubBus
from functions.relay.models import Published
from functions.relay.publisher import Publisher
from functions.relay.settings import RelaySettings
from shared import logs, retention
from shared.errors import Unauthenticated
from shared.events import Event, LongRunningConsumer, types
from shared.files import uploads
from shared.http import Api, PublicCall, PublicOperation, model_response
from shared.retention import retention_handler
from shared.services import services
from shared.settings import Settings
from shared.span_exporter import SpanExporter


@cache
def _pubsub_publisher(project: str, exporter: SpanExporter | None) -> Publisher:
    return Publisher(PubSubBus(project), exporter.add if exporter else None)


async def publish_outbox() -> int:
    parts = services()
    project = parts.settings.of(RelaySettings).pubsub_project
    exporter = parts.span_exporter
    local = Publisher(LocalBus(parts.database), exporter.add if exporter else None)
    publisher = _pubsub_publisher(project, exporter) if project else local
    return await publisher.publish_pending(parts.database)


async def wake(call: PublicCall) -> Response:
    """Publish what waits in the outbox; called by the database whenever an event is added."""
    if not _may_wake(call.services.settings, call.headers.get("authorization", "")):
        raise Unauthenticated(headers={"WWW-Authenticate": 'Bearer realm="relay"'})
    return model_response(Published(published=await publish_outbox()))


def _may_wake(settings: Settings, authorization: str) -> bool:
    """Whether the secret is right. Without a secret anybody may, and only where senders of events need no proof."""
    secret = settings.of(RelaySettings).relay_secret
    if secret is None:
        return settings.event_auth == "none"
    return compare_digest(authorization.encode(), f"Bearer {secret.get_secret_value()}".encode())


async def sweep_outbox(_: Event) -> None:
    await publish_outbox()
    backlog = await queries.backlog(services().database)
    logs.event("backlog_sampled", **backlog.model_dump())


async def sweep_shared(event: Event) -> None:
    """Delete what `shared` keeps only for a while: rows by their rules, then uploads that were never completed."""
    parts = services()
    await retention_handler(retention.__file__)(event)
    await uploads.sweep(parts.database, parts.files, event.occurred_at)


app = Api("relay", PublicOperation("POST", "/", wake, {200: Published}, counted=False))


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def relay(_: Request) -> ASGIApp:
    return app


sweep_consumer = LongRunningConsumer("relay_sweep", {types.schedule_relay: sweep_outbox})
retention_consumer = LongRunningConsumer("relay_retention", {types.schedule_retention: sweep_shared})


@functions_framework.aio.http
async def relay_sweep(request: Request) -> Response:
    return await sweep_consumer.receive(request)


@functions_framework.aio.http
async def relay_retention(request: Request) -> Response:
    return await retention_consumer.receive(request)
