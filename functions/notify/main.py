"""notify: what a person is told, when, and on which of their channels."""

import functions_framework.aio
from cloudevents.http.event import CloudEvent
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.notify import devices, inbox, preferences, queries, unsubscribe_links, unsubscribe_page
from functions.notify.events import react
from functions.notify.job.reminder_job import remind
from functions.notify.models import DeviceDraft, Inbox, InboxQuery, Preferences, ReadDraft, Tested, Unread
from shared.events import consume, consume_long
from shared.http import Api, Call, JsonBody, Operation, PublicOperation, model_response
from shared.retention import sweeping

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


@functions_framework.aio.cloud_event
async def notify_events(event: CloudEvent) -> None:
    await consume("notify_events", event, react)


@functions_framework.aio.cloud_event
async def reminders(event: CloudEvent) -> None:
    await consume_long("reminders", event, remind)


@functions_framework.aio.cloud_event
async def notify_retention(event: CloudEvent) -> None:
    await consume_long("notify_retention", event, sweeping(__file__))
