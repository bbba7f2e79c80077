"""A connection that was begun: the `state` of OAuth, sealed for its person, so that nobody else can complete it.

The state carries the verifier of PKCE through the browser, encrypted. It is single-use because its code is.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from functions.account.connections.providers import Provider
from functions.account.errors import ConnectionExpired
from shared.sealed_secrets import Sealer, Unsealable

PURPOSE = "connection state"
LIFETIME = timedelta(minutes=10)


class PendingConnection(NamedTuple):
    provider: str
    verifier: str


def begin(sealer: Sealer, person: UUID, provider: Provider, redirect_uri: str, now: datetime) -> str:
    """The address of the page where the person agrees."""
    verifier = token_urlsafe(48)
    expires_at = int((now + LIFETIME).timestamp())
    sealed = sealer.seal(PURPOSE, person, f"{provider.name} {expires_at} {verifier}".encode())
    parameters = {
        "response_type": "code",
        "client_id": provider.client["client_id"],
        "redirect_uri": redirect_uri,
        "state": _encoded(sealed),
        "code_challenge_method": "S256",
        "code_challenge": _encoded(sha256(verifier.encode()).digest()),
        **provider.parameters,
    }
    return f"{provider.authorize_url}?{urlencode(parameters)}"


def read(sealer: Sealer, person: UUID, state: str, now: datetime) -> PendingConnection:
    """Raises `ConnectionExpired` unless this person began the connection within the last ten minutes."""
    try:
        sealed = urlsafe_b64decode(state + "=" * (-len(state) % 4))
        provider, expires_at, verifier = sealer.unseal(PURPOSE, person, sealed).decode().split(" ")
    except (NotBase64, ValueError, Unsealable):
        raise ConnectionExpired from None
    if now.timestamp() >= int(expires_at):
        raise ConnectionExpired
    return PendingConnection(provider, verifier)


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
