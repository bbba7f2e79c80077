"""Signed links that switch off one kind of mail for one person. They are valid for two months.

A link needs no sign-in, so it can do nothing else. Using it again changes nothing.
"""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import UTC, datetime, timedelta
from typing import ClassVar, NamedTuple
from uuid import UUID

from functions.notify.settings import NotifySettings
from shared.local_secret import local_secret
from shared.settings import Settings

LIFETIME = timedelta(days=60)
PURPOSE = b"mend unsubscribe 1\0"  # signed too, so that no other signature with this secret is valid as a link
TOKEN = re.compile(r"[A-Za-z0-9_-]{72,128}")
PERSON_BYTES, EXPIRY_BYTES, SIGNATURE_BYTES = 16, 4, 32


class LinkUnusable(Exception):
    """The link cannot be used. The answer is a page with this status."""

    status: ClassVar[int]


class LinkInvalid(LinkUnusable):
    """The link is forged or incomplete."""

    status = 400


class LinkExpired(LinkUnusable):
    """The link is too old."""

    status = 410


class Unsubscription(NamedTuple):
    person: UUID
    kind: str


def sign(settings: Settings, person: UUID, kind: str, expires_at: datetime) -> str:
    """The URL of a new link."""
    signed = person.bytes + int(expires_at.timestamp()).to_bytes(EXPIRY_BYTES, "big") + kind.encode()
    token = urlsafe_b64encode(signed + _signature(settings, signed)).rstrip(b"=").decode()
    return f"{settings.public_url}/notify/unsubscribe/{token}"


def verify(settings: Settings, token: str, now: datetime) -> Unsubscription:
    """What the link is for. Raises `LinkInvalid` or `LinkExpired`."""
    if not TOKEN.fullmatch(token):
        raise LinkInvalid
    try:
        decoded = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except NotBase64:
        raise LinkInvalid from None
    signed, signature = decoded[:-SIGNATURE_BYTES], decoded[-SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(settings, signed)):
        raise LinkInvalid
    expiry_end = PERSON_BYTES + EXPIRY_BYTES
    expiry, kind = signed[PERSON_BYTES:expiry_end], signed[expiry_end:]
    if datetime.fromtimestamp(int.from_bytes(expiry, "big"), UTC) <= now:
        raise LinkExpired
    return Unsubscription(UUID(bytes=signed[:PERSON_BYTES]), kind.decode())


def _signature(settings: Settings, signed: bytes) -> bytes:
    configured = settings.of(NotifySettings).link_secret
    secret = configured.get_secret_value().encode() if configured else local_secret(settings.mend_home, "link.key")
    return hmac.digest(secret, PURPOSE + signed, "sha256")
