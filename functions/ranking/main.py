"""ranking: what holds for everyone, fitted each night."""

import functions_framework.aio
from cloudevents.http.event import CloudEvent

from functions.ranking.fit_job import fit_everyone
from shared.events import consume


@functions_framework.aio.cloud_event
async def ranking_fit(event: CloudEvent) -> None:
    await consume("ranking_fit", event, fit_everyone)
