"""Links that end a kind of mail by one click: signed, for one person and one purpose, and good for two months.

Whoever has the mail has the link, and that is all that it can do. To follow it twice changes nothing.
"""

import hmac
import os
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import ClassVar, NamedTuple
from uuid import UUID

from shared.file_lock import held
from shared.settings import Settings

LIFETIME = timedelta(days=60)
PURPOSE = b"mend unsubscribe 1\0"  # signed along, so that nothing else that the secret signs is taken for a link
TOKEN = re.compile(r"[A-Za-z0-9_-]{72,128}")
PERSON, EXPIRY, SIGNATURE = 16, 4, 32  # bytes


class LinkUnusable(Exception):
    """What a person who opened it is shown a page of, and no other answer."""

    status: ClassVar[int]


class LinkInvalid(LinkUnusable):
    """It was not made by us, or cut on its way."""

    status = 400


class LinkExpired(LinkUnusable):
    """It is too old."""

    status = 410


class Unsubscribe(NamedTuple):
    person: UUID
    kind: str


def link(settings: Settings, person: UUID, kind: str, expires_at: datetime) -> str:
    signed = person.bytes + int(expires_at.timestamp()).to_bytes(EXPIRY, "big") + kind.encode()
    token = urlsafe_b64encode(signed + _signature(settings, signed)).rstrip(b"=").decode()
    return f"{settings.public_url}/notify/unsubscribe/{token}"


def read(settings: Settings, token: str, now: datetime) -> Unsubscribe:
    if not TOKEN.fullmatch(token):
        raise LinkInvalid
    try:
        whole = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except NotBase64:
        raise LinkInvalid from None
    signed, signature = whole[:-SIGNATURE], whole[-SIGNATURE:]
    if not hmac.compare_digest(signature, _signature(settings, signed)):
        raise LinkInvalid
    expiry, kind = signed[PERSON : PERSON + EXPIRY], signed[PERSON + EXPIRY :]
    if datetime.fromtimestamp(int.from_bytes(expiry, "big"), UTC) <= now:
        raise LinkExpired
    return Unsubscribe(UUID(bytes=signed[:PERSON]), kind.decode())


def _signature(settings: Settings, signed: bytes) -> bytes:
    given = settings.link_secret
    secret = given.get_secret_value().encode() if given else _local_secret(settings.mend_home)
    return hmac.digest(secret, PURPOSE + signed, "sha256")


@cache
def _local_secret(home: Path) -> bytes:
    """Of a developer's machine, the same for all its processes: made by the first one that wants it."""
    home.mkdir(parents=True, exist_ok=True)
    with held(home / "link.key") as descriptor:
        if not (secret := os.read(descriptor, SIGNATURE)):
            secret = secrets.token_bytes(SIGNATURE)
            os.write(descriptor, secret)
    return secret
