"""plan: a way from how one feels to how one would like to feel, a few small things a day."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.plan import activities, calendar_feed, creation, events, lifecycle, live, progress, reads, responses
from functions.plan.models import (
    Activity,
    ActivityChange,
    CalendarLink,
    Journeys,
    PictureQuery,
    PlanChange,
    PlanDraft,
    PlanMade,
    PlanPage,
    PlanShown,
    Progress,
    Today,
)
from shared.events import Consumer, LongRunningConsumer, types
from shared.http import Api, Call, JsonBody, Operation, PublicCall, PublicOperation, model_response
from shared.http.paging import PageQuery

CALENDAR = "text/calendar"
SVG = "image/svg+xml"


async def make_plan(call: Call[PlanDraft]) -> Response:
    """Plan the way from one mood to another."""
    return model_response(await creation.make(call), 201)


async def list_plans(call: Call[None, PageQuery]) -> Response:
    """Your plans, newest first."""
    return model_response(await reads.page(call))


async def list_journeys(_: Call) -> Response:
    """Plans that others have thought through already."""
    return model_response(reads.journeys())


async def get_today(call: Call) -> Response:
    """What your plan holds for the day that is today where you are."""
    return model_response(await reads.today(call))


async def get_plan(call: Call) -> Response:
    """One plan, with its days and activities."""
    return model_response(await reads.one(call))


async def change_plan(call: Call[PlanChange]) -> Response:
    """Pause a plan, go on with it, end it, or be reminded at other times."""
    return model_response(await lifecycle.change(call))


async def finish_activity(call: Call[ActivityChange]) -> Response:
    """Say that you did an activity, or let it be."""
    return model_response(Activity(responses.full(await activities.finish(call))))


async def swap_activity(call: Call) -> Response:
    """Something else instead of an activity."""
    return model_response(Activity(responses.full(await activities.swap(call))), 201)


async def get_progress(call: Call) -> Response:
    """How far the way has been walked, what was changed about it, and whether it goes with feeling better."""
    return model_response(await progress.told(call))


async def draw_progress(call: Call[None, PictureQuery]) -> Response:
    """A picture of the way planned and the way walked."""
    return Response(await progress.drawn(call), media_type=SVG)


async def get_calendar(call: Call) -> Response:
    """A plan as a calendar file."""
    return Response(await calendar_feed.own(call), media_type=CALENDAR)


async def link_calendar(call: Call) -> Response:
    """An address that a calendar can subscribe to; an earlier one ends."""
    return model_response(await calendar_feed.link(call), 201)


async def unlink_calendar(call: Call) -> Response:
    """End the address that calendars subscribe to."""
    await calendar_feed.unlink(call)
    return Response(status_code=204)


async def subscribed_calendar(call: PublicCall) -> Response:
    """A plan as a calendar, for whoever has its address."""
    return Response(await calendar_feed.of_key(call.services, call.path["key"]), media_type=CALENDAR)


ACTIVITY = "/{id:uuid}/activities/{activity_id:uuid}"

app = Api(
    "plan",
    Operation("POST", "/", make_plan, {201: PlanMade}, body=JsonBody(PlanDraft)),
    Operation("GET", "/", list_plans, {200: PlanPage}, query=PageQuery),
    Operation("GET", "/journeys", list_journeys, {200: Journeys}),
    Operation("GET", "/today", get_today, {200: Today}),
    Operation("GET", "/{id:uuid}", get_plan, {200: PlanShown}),
    Operation("PATCH", "/{id:uuid}", change_plan, {200: PlanShown}, body=JsonBody(PlanChange)),
    Operation("PATCH", ACTIVITY, finish_activity, {200: Activity}, body=JsonBody(ActivityChange)),
    Operation("POST", ACTIVITY + "/swap", swap_activity, {201: Activity}),
    Operation("GET", "/{id:uuid}/progress", get_progress, {200: Progress}),
    Operation("GET", "/{id:uuid}/progress.svg", draw_progress, {200: SVG}, query=PictureQuery),
    Operation("GET", "/{id:uuid}/calendar.ics", get_calendar, {200: CALENDAR}),
    PublicOperation("GET", "/calendar/{key:uuid}.ics", subscribed_calendar, {200: CALENDAR}),
    Operation("POST", "/{id:uuid}/calendar-link", link_calendar, {201: CalendarLink}),
    Operation("DELETE", "/{id:uuid}/calendar-link", unlink_calendar, {204: None}),
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
        types.plan_created: events.update_today,
        types.plan_changed: events.update_today,
        types.plan_activity_finished: events.update_today,
        types.plan_ended: events.update_today,
    },
    live.documents,
)
day_consumer = LongRunningConsumer("plan_days", {types.schedule_plans: events.turn_days})


@functions_framework.aio.http
async def plan_events(request: Request) -> Response:
    return await event_consumer.receive(request)


@functions_framework.aio.http
async def plan_days(request: Request) -> Response:
    return await day_consumer.receive(request)
