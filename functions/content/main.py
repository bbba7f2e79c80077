"""content: items from providers, brought in on a schedule."""

import functions_framework.aio
from cloudevents.http.event import CloudEvent

from functions.content.import_job import import_content, sources
from functions.content.settings import ContentSettings
from shared import logs
from shared.events import Event, consume_long
from shared.services import services

logs.configure()


async def import_all(_: Event) -> None:
    parts = services()
    await import_content(parts.database, sources(parts.settings.of(ContentSettings)))


@functions_framework.aio.cloud_event
async def content_import(event: CloudEvent) -> None:
    await consume_long("content_import", event, import_all)
