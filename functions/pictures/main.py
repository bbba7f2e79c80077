"""pictures: makes the renditions of uploaded pictures."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from functions.pictures.renditions import render_picture
from shared.events import LongRunningConsumer, types

consumer = LongRunningConsumer("pictures_events", {types.picture_uploaded: render_picture})


@functions_framework.aio.http
async def pictures_events(request: Request) -> Response:
    return await consumer.receive(request)
