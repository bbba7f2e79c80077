"""insights_job: looks at night for what goes with good and bad days. A package of its own, because it needs numpy."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from functions.insights.job import insight_job
from shared.events import LongRunningConsumer, types

consumer = LongRunningConsumer(
    "insights_job", {types.schedule_insights: insight_job.run, types.insights_requested: insight_job.refresh}
)


@functions_framework.aio.http
async def insights_job(request: Request) -> Response:
    return await consumer.receive(request)
