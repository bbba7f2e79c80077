"""content: imports items from providers on a schedule."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from functions.content.import_job import import_content, sources
from shared.events import Event, LongRunningConsumer, types
from shared.services import services


async def import_all_content(_: Event) -> None:
    parts = services()
    await import_content(parts.database, sources(parts.settings))


consumer = LongRunningConsumer("content_import", {types.schedule_content: import_all_content})


@functions_framework.aio.http
async def content_import(request: Request) -> Response:
    return await consumer.receive(request)
