"""notify: what a person is told, when, and on which of their channels."""

import functions_framework.aio
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.notify import devices, events, inbox, preferences, queries, unsubscribe_links, unsubscribe_page
from functions.notify.job import reminder_job
from functions.notify.models import DeviceDraft, Inbox, InboxQuery, Preferences, ReadDraft, Tested, Unread
from shared.events import Consumer, LongRunningConsumer, types
from shared.http import Api, Call, JsonBody, Operation, PublicOperation, model_response
from shared.retention import retention_handler

HTML = "text/html"


async def register_device(call: Call[DeviceDraft]) -> Response:
    """Be reached on this device; whoever registered it last is."""
    devices.register(call)
    return Response(status_code=204)


async def forget_device(call: Call) -> Response:
    """Be reached on this device no more."""
    devices.forget(call)
    return Response(status_code=204)


async def get_preferences(call: Call) -> Response:
    """How you want to be told."""
    return model_response((await queries.settings(call.conn, call.person.id)).preferences)


async def keep_preferences(call: Call[Preferences]) -> Response:
    """Say how you want to be told; what is ahead follows at once."""
    return model_response(await preferences.keep(call))


async def list_inbox(call: Call[None, InboxQuery]) -> Response:
    """What you were told, newest first."""
    return model_response(await inbox.page(call))


async def read_inbox(call: Call[ReadDraft]) -> Response:
    """Mark messages as read; answers with how many are left."""
    return model_response(await inbox.read(call))


async def test_devices(call: Call) -> Response:
    """Have a notification sent to each of your devices."""
    return model_response(await devices.test(call), 202)


class _Device(StringConvertor):
    """A token of FCM's, or of a push service behind it."""

    regex = "[A-Za-z0-9_:.-]{8,1024}"


class _Signed(StringConvertor):
    regex = unsubscribe_links.TOKEN.pattern


register_url_convertor("device", _Device())
register_url_convertor("signed", _Signed())

app = Api(
    "notify",
    Operation("PUT", "/devices/{token:device}", register_device, {204: None}, body=JsonBody(DeviceDraft)),
    Operation("DELETE", "/devices/{token:device}", forget_device, {204: None}),
    Operation("GET", "/preferences", get_preferences, {200: Preferences}),
    Operation("PUT", "/preferences", keep_preferences, {200: Preferences}, body=JsonBody(Preferences)),
    Operation("GET", "/inbox", list_inbox, {200: Inbox}, query=InboxQuery),
    Operation("POST", "/inbox/read", read_inbox, {200: Unread}, body=JsonBody(ReadDraft)),
    Operation("POST", "/test", test_devices, {202: Tested}),
    PublicOperation("GET", "/unsubscribe/{link:signed}", unsubscribe_page.ask, {200: HTML, 400: HTML, 410: HTML}),
    PublicOperation("POST", "/unsubscribe/{link:signed}", unsubscribe_page.end, {200: HTML, 400: HTML, 410: HTML}),
)


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def notify(_: Request) -> ASGIApp:
    return app


event_consumer = Consumer(
    "notify_events",
    {
        types.mood_recorded: events.follow_check_in,
        types.mood_changed: events.follow_change,
        types.profile_changed: events.reschedule,
        types.insight_found: events.announce_insight,
        types.inbox_changed: events.update_inbox,
    },
)
reminder_consumer = LongRunningConsumer(
    "reminders",
    {
        types.schedule_reminders: reminder_job.remind,
        types.notification_requested: reminder_job.tell_at_once,
    },
)


@functions_framework.aio.http
async def notify_events(request: Request) -> Response:
    return await event_consumer.receive(request)


@functions_framework.aio.http
async def reminders(request: Request) -> Response:
    return await reminder_consumer.receive(request)


retention_consumer = LongRunningConsumer("notify_retention", {types.schedule_retention: retention_handler(__file__)})


@functions_framework.aio.http
async def notify_retention(request: Request) -> Response:
    return await retention_consumer.receive(request)
