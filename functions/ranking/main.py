"""ranking: what holds for everyone, fitted each night."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from functions.ranking.fit_job import fit_everyone
from shared.events import Consumer, types

consumer = Consumer("ranking_fit", {types.schedule_ranking: fit_everyone})


@functions_framework.aio.http
async def ranking_fit(request: Request) -> Response:
    return await consumer.receive(request)
