"""plan: plans that lead from a current mood to a target mood over some days, with a few activities a day."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.plan import activities, calendar_feed, creation, events, lifecycle, live, progress, reads, responses
from functions.plan.models import (
    ActivityChange,
    ActivityResponse,
    CalendarLink,
    ChartQuery,
    Journeys,
    Plan,
    PlanChange,
    PlanCreated,
    PlanDraft,
    PlanPage,
    Progress,
    Today,
)
from shared.events import Consumer, LongRunningConsumer, types
from shared.http import Api, Call, JsonBody, Operation, PublicCall, PublicOperation, kept_response, model_response
from shared.http.paging import PageQuery

CALENDAR = "text/calendar"
SVG = "image/svg+xml"


async def create_plan(call: Call[PlanDraft]) -> Response:
    """Create a plan from one mood to another."""
    record, relaxed_rules = await creation.create(call)
    return model_response(responses.plan_created(record, relaxed_rules), 201)


async def list_plans(call: Call[None, PageQuery]) -> Response:
    """Your plans, newest first."""
    return model_response(await reads.plan_page(call))


async def list_journeys(call: Call[None, PageQuery]) -> Response:
    """Named plans to choose from."""
    return kept_response(await reads.journeys(call))


async def get_today(call: Call) -> Response:
    """The day of your active plan that is today in your time zone."""
    return model_response(await reads.today(call))


async def get_plan(call: Call) -> Response:
    """One plan, with its days and activities."""
    return model_response(await reads.plan(call))


async def change_plan(call: Call[PlanChange]) -> Response:
    """Pause, resume or end a plan, or change its reminders."""
    return model_response(responses.plan(await lifecycle.change(call)))


async def finish_activity(call: Call[ActivityChange]) -> Response:
    """Mark an activity as done or skipped."""
    return model_response(ActivityResponse(await activities.finish(call)))


async def swap_activity(call: Call) -> Response:
    """Swap an activity for another one."""
    return model_response(ActivityResponse(await activities.swap(call)), 201)


async def get_progress(call: Call) -> Response:
    """Distances from the target by day, what was done, what changed, and the effect on your moods."""
    return model_response(await progress.load_progress(call))


async def draw_progress(call: Call[None, ChartQuery]) -> Response:
    """The distances from the target as a chart."""
    return Response(await progress.load_chart(call), media_type=SVG)


async def get_calendar(call: Call) -> Response:
    """A plan as a calendar file."""
    return Response(await calendar_feed.read_own(call), media_type=CALENDAR)


async def create_calendar_link(call: Call) -> Response:
    """Create a link that a calendar can subscribe to. It replaces the one before."""
    return model_response(await calendar_feed.create_link(call), 201)


async def delete_calendar_link(call: Call) -> Response:
    """Delete the link that calendars subscribe to."""
    await calendar_feed.delete_link(call)
    return Response(status_code=204)


async def get_linked_calendar(call: PublicCall) -> Response:
    """A plan as a calendar file, for anyone who has the link."""
    return Response(await calendar_feed.read_by_key(call.services, call.path["key"]), media_type=CALENDAR)


ACTIVITY = "/{id:uuid}/activities/{activity_id:uuid}"

app = Api(
    "plan",
    Operation("POST", "/", create_plan, {201: PlanCreated}, body=JsonBody(PlanDraft)),
    Operation("GET", "/", list_plans, {200: PlanPage}, query=PageQuery),
    Operation("GET", "/journeys", list_journeys, {200: Journeys}, query=PageQuery),
    Operation("GET", "/today", get_today, {200: Today}),
    Operation("GET", "/{id:uuid}", get_plan, {200: Plan}),
    Operation("PATCH", "/{id:uuid}", change_plan, {200: Plan}, body=JsonBody(PlanChange)),
    Operation("PATCH", ACTIVITY, finish_activity, {200: ActivityResponse}, body=JsonBody(ActivityChange)),
    Operation("POST", ACTIVITY + "/swap", swap_activity, {201: ActivityResponse}),
    Operation("GET", "/{id:uuid}/progress", get_progress, {200: Progress}),
    Operation("GET", "/{id:uuid}/progress.svg", draw_progress, {200: SVG}, query=ChartQuery),
    Operation("GET", "/{id:uuid}/calendar.ics", get_calendar, {200: CALENDAR}),
    PublicOperation("GET", "/calendar/{key:uuid}.ics", get_linked_calendar, {200: CALENDAR}),
    Operation("POST", "/{id:uuid}/calendar-link", create_calendar_link, {201: CalendarLink}),
    Operation("DELETE", "/{id:uuid}/calendar-link", delete_calendar_link, {204: None}),
)


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def plan(_: Request) -> ASGIApp:
    return app


event_consumer = Consumer(
    "plan_events",
    {
        types.mood_recorded: events.follow_mood,
        types.mood_changed: events.follow_mood,
        types.content_interacted: events.replace_unwanted,
        types.profile_changed: events.follow_profile,
        types.plan_created: events.follow_mood,
        types.plan_changed: events.update_today,
        types.plan_activity_finished: events.update_today,
        types.plan_ended: events.update_today,
        types.care_opened: events.pause_for_care,
        types.care_closed: events.resume_after_care,
        types.consent_changed: events.follow_consent,
    },
    live.documents,
)
day_consumer = LongRunningConsumer("plan_days", {types.schedule_plans: events.start_days})


@functions_framework.aio.http
async def plan_events(request: Request) -> Response:
    return await event_consumer.receive(request)


@functions_framework.aio.http
async def plan_days(request: Request) -> Response:
    return await day_consumer.receive(request)
