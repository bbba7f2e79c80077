"""The tokens of devices: registration tokens of Firebase Cloud Messaging (FCM), on every platform."""

import re

from starlette.convertors import StringConvertor

from shared.errors import Fault, Invalid, Sentence

TOKEN = re.compile(r"[A-Za-z0-9_:.-]{8,1024}")
OF_APNS = re.compile(r"[0-9A-Fa-f]{64,}")
RULE = Sentence("must be a registration token of Firebase Cloud Messaging (FCM): 8 to 1024 letters, digits and `_:.-`")
FOREIGN = "must be a registration token of Firebase Cloud Messaging (FCM), also on iOS. This one is of {service}"


class DeviceToken(StringConvertor):
    """Any text in its place, so that a token of another service is refused with the reason, and not as a path."""

    regex = "[^/]+"
    accepted = TOKEN.pattern


def checked(token: str) -> str:
    """The token. Raises `Invalid` if it is none of FCM."""
    if token.startswith(("ExponentPushToken", "ExpoPushToken")):
        raise _refusal(Sentence(FOREIGN, service="Expo"))
    if OF_APNS.fullmatch(token):
        raise _refusal(Sentence(FOREIGN, service="APNs"))
    if not TOKEN.fullmatch(token):
        raise _refusal(RULE)
    return token


def _refusal(rule: str) -> Invalid:
    return Invalid(faults=[Fault(("path", "token"), rule)])
