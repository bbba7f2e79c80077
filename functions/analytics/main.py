"""analytics: tells Mixpanel how the app is used, by people who agree to it."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from functions.analytics.mixpanel import Mixpanel
from functions.analytics.settings import AnalyticsSettings
from functions.analytics.upload import upload
from shared.events import Event, LongRunningConsumer, types
from shared.services import services


async def upload_events(_: Event) -> None:
    """Without a token, nothing is read or sent."""
    parts = services()
    own = parts.settings.of(AnalyticsSettings)
    if own.mixpanel_token:
        await upload(parts.database, Mixpanel(own))


consumer = LongRunningConsumer("analytics_upload", {types.schedule_analytics: upload_events})


@functions_framework.aio.http
async def analytics_upload(request: Request) -> Response:
    return await consumer.receive(request)
