"""ranking: the nightly fit of the population tables and of the table of neighbours."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from functions.ranking.fit_job import fit_rankings
from shared.events import Consumer, types

consumer = Consumer("ranking_fit", {types.schedule_ranking: fit_rankings})


@functions_framework.aio.http
async def ranking_fit(request: Request) -> Response:
    return await consumer.receive(request)
