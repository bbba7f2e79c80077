"""The devices a person can be reached on: the app on each names itself by a token, which is a secret."""

from functions.notify import queries
from functions.notify.models import DeviceDraft, Tested
from shared.events import emit
from shared.events.types import notification_requested
from shared.http import Call

MOST_DEVICES = 20


def register(call: Call[DeviceDraft]) -> None:
    queries.register_device(call.conn, call.path["token"], call.body.platform, MOST_DEVICES)


def forget(call: Call) -> None:
    queries.forget_devices(call.conn, call.person.id, [call.path["token"]])


async def test(call: Call) -> Tested:
    """Asks for a push to each of them: no provider is waited for within a request."""
    count = len(await queries.devices(call.conn, call.person.id))
    emit(call.conn, [notification_requested(call.person.id, call.now, kind="test")])
    return Tested(devices=count)
