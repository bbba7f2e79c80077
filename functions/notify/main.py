"""notify: schedules notifications and sends them, within the preferences of each person."""

import functions_framework.aio
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.notify import (
    account_mails,
    device_tokens,
    events,
    inbox,
    live,
    preferences,
    queries,
    unsubscribe_links,
    unsubscribe_page,
)
from functions.notify.job import reminder_job
from functions.notify.models import DeviceCount, DeviceDraft, Inbox, InboxQuery, Preferences, ReadSelection, UnreadCount
from functions.notify.other_mails import guardian_mails, hand_overs
from shared.events import Consumer, LongRunningConsumer, consent, emit, types
from shared.events.types import notification_requested
from shared.http import Api, Call, JsonBody, Operation, PublicOperation, model_response
from shared.retention import retention_handler

HTML = "text/html"


async def register_device(call: Call[DeviceDraft]) -> Response:
    """Send pushes to this device. A device belongs to the person who registered it last."""
    queries.register_device(call.conn, device_tokens.checked(call.path["token"]), call.body.platform)
    return Response(status_code=204)


async def forget_device(call: Call) -> Response:
    """Send no more pushes to this device."""
    queries.delete_devices(call.conn, call.person.id, [device_tokens.checked(call.path["token"])])
    return Response(status_code=204)


async def get_preferences(call: Call) -> Response:
    """Channels, kinds, quiet hours and times of your notifications."""
    return model_response((await queries.load_settings(call.conn, call.person.id)).preferences)


async def replace_preferences(call: Call[Preferences]) -> Response:
    """Replace your preferences. Notifications that are not sent yet follow them at once."""
    return model_response(await preferences.replace(call))


async def list_inbox(call: Call[None, InboxQuery]) -> Response:
    """Your notifications, newest first."""
    return model_response(await inbox.load_page(call))


async def mark_read(call: Call[ReadSelection]) -> Response:
    """Mark notifications as read. Answers with the number of unread ones."""
    return model_response(await inbox.mark_read(call))


async def test_devices(call: Call) -> Response:
    """Send a test push to each of your devices. It is sent by an event, after this request."""
    count = len(await queries.device_tokens(call.conn, call.person.id))
    emit(call.conn, [notification_requested(call.person.id, call.now, kind="test")])
    return model_response(DeviceCount(devices=count), 202)


class _LinkToken(StringConvertor):
    regex = unsubscribe_links.TOKEN.pattern


register_url_convertor("device", device_tokens.DeviceToken())
register_url_convertor("signed", _LinkToken())

app = Api(
    "notify",
    Operation("PUT", "/devices/{token:device}", register_device, {204: None}, body=JsonBody(DeviceDraft)),
    Operation("DELETE", "/devices/{token:device}", forget_device, {204: None}),
    Operation("GET", "/preferences", get_preferences, {200: Preferences}),
    Operation("PUT", "/preferences", replace_preferences, {200: Preferences}, body=JsonBody(Preferences)),
    Operation("GET", "/inbox", list_inbox, {200: Inbox}, query=InboxQuery),
    Operation("POST", "/inbox/read", mark_read, {200: UnreadCount}, body=JsonBody(ReadSelection)),
    Operation("POST", "/test", test_devices, {202: DeviceCount}),
    PublicOperation(
        "GET", "/unsubscribe/{link:signed}", unsubscribe_page.show_unsubscribe_page, {200: HTML, 400: HTML, 410: HTML}
    ),
    PublicOperation(
        "POST", "/unsubscribe/{link:signed}", unsubscribe_page.unsubscribe, {200: HTML, 400: HTML, 410: HTML}
    ),
)


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def notify(_: Request) -> ASGIApp:
    return app


event_consumer = Consumer(
    "notify_events",
    {
        types.mood_recorded: consent.with_consent("messages", events.handle_check_in),
        types.account_changed: account_mails.request_news,
        types.profile_changed: consent.with_consent("messages", events.reschedule),
        types.insight_found: consent.with_consent("messages", events.schedule_insight),
        types.consent_changed: events.follow_consent,
        types.inbox_changed: events.update_inbox,
    },
    live.documents,
)
reminder_consumer = LongRunningConsumer(
    "reminders",
    {
        types.schedule_reminders: reminder_job.run,
        types.notification_requested: reminder_job.send_requested,
        types.guardian_asked: guardian_mails.ask_guardian,
        types.user_erased: account_mails.tell_of_erasure,
        types.conversation_handed_over: hand_overs.send_hand_over,
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
