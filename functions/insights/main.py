"""insights: statistics of a person's moods, and what goes with good and bad days."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.insights import events, queries, statistics_routes
from functions.insights.charts import routes as chart_routes
from functions.insights.discoveries import routes as insight_routes
from functions.insights.experiments import routes as experiment_routes
from functions.insights.measures import routes as measure_routes
from functions.insights.report import routes as report_routes
from functions.insights.reviews import review
from shared.events import Consumer, consent, types
from shared.http import Api
from shared.http.consent import with_consent

app = Api(
    "insights",
    *with_consent(
        "insights",
        *insight_routes.OPERATIONS,
        *experiment_routes.OPERATIONS,
        *statistics_routes.OPERATIONS,
        *measure_routes.OPERATIONS,
        *chart_routes.OPERATIONS,
        *report_routes.OPERATIONS,
        *review.OPERATIONS,
        prepare=queries.count_own_changed_days,
    ),
)


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def insights(_: Request) -> ASGIApp:
    return app


event_consumer = Consumer(
    "insights_events",
    {
        types.profile_changed: consent.with_consent("insights", events.move_night),
        types.consent_changed: events.follow_consent,
        types.care_opened: events.pause_experiment,
        types.care_closed: events.resume_experiment,
    },
)


@functions_framework.aio.http
async def insights_events(request: Request) -> Response:
    return await event_consumer.receive(request)
