"""insights: statistics of a person's moods, and what goes with good and bad days."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.insights import chart_routes, events, insight_list, statistics_routes
from functions.insights.insight_models import Insight, InsightChange, InsightPage, InsightQuery
from shared.events import Consumer, Event, LongRunningConsumer, types
from shared.http import Api, Call, JsonBody, Operation, model_response


async def list_insights(call: Call[None, InsightQuery]) -> Response:
    """What goes with your good and bad days, newest first."""
    return model_response(await insight_list.load_page(call))


async def get_insight(call: Call) -> Response:
    """One insight."""
    return model_response(await insight_list.load(call))


async def change_insight(call: Call[InsightChange]) -> Response:
    """Say that you have seen an insight, do not want it, knew it already, or find it useful."""
    return model_response(await insight_list.change(call))


async def refresh_insights(call: Call) -> Response:
    """Ask for your insights to be computed soon, without waiting for the night."""
    await insight_list.request_refresh(call)
    return Response(status_code=202)


app = Api(
    "insights",
    Operation("GET", "/", list_insights, {200: InsightPage}, query=InsightQuery),
    Operation("POST", "/refresh", refresh_insights, {202: None}),
    Operation("GET", "/{id:uuid}", get_insight, {200: Insight}),
    Operation("PATCH", "/{id:uuid}", change_insight, {200: Insight}, body=JsonBody(InsightChange)),
    *statistics_routes.OPERATIONS,
    *chart_routes.OPERATIONS,
)


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def insights(_: Request) -> ASGIApp:
    return app


event_consumer = Consumer(
    "insights_events",
    {
        types.mood_recorded: events.roll_up,
        types.mood_changed: events.roll_up,
        types.mood_deleted: events.roll_up,
        types.profile_changed: events.move_night,
        types.care_opened: events.pause_experiment,
        types.care_closed: events.resume_experiment,
    },
)


@functions_framework.aio.http
async def insights_events(request: Request) -> Response:
    return await event_consumer.receive(request)


async def run_job(event: Event) -> None:
    from functions.insights.job import insight_job  # with numpy, which no request imports

    await insight_job.run(event)


async def refresh_person(event: Event) -> None:
    from functions.insights.job import insight_job

    await insight_job.refresh(event)


job_consumer = LongRunningConsumer(
    "insights_job", {types.schedule_insights: run_job, types.insights_requested: refresh_person}
)


@functions_framework.aio.http
async def insights_job(request: Request) -> Response:
    return await job_consumer.receive(request)
