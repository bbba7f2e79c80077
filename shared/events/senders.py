"""Who may send events: Google signs an ID token of a service account for each push of a subscription."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import jwt

from shared.auth import COMPACT, LEEWAY_SECONDS, LONGEST_TOKEN
from shared.clock import utc_now
from shared.errors import Unavailable
from shared.jwks import KeySet, KeysUnavailable
from shared.settings import Settings

if TYPE_CHECKING:
    from jwt.types import Options

GOOGLE_KEYS_URL = "https://www.googleapis.com/oauth2/v3/certs"
ISSUERS = ("https://accounts.google.com", "accounts.google.com")
# PyJWT would read the machine's clock; `_check` reads ours.
CLAIMS_UNCHECKED: "Options" = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}


class SenderRefused(Exception):
    """The request has no valid token."""

    status: ClassVar[int] = 401


class WrongSender(SenderRefused):
    """The token is valid, and belongs to another account."""

    status = 403


class SenderCheck:
    """Verifies the sender of a push, as EVENT_AUTH says.

    `none`: every caller is trusted, for one machine. `iam`: Cloud Run has verified the token and has removed its
    signature, so the claims are checked. `oidc`: the signature is verified as well.
    """

    def __init__(self, settings: Settings, keys: KeySet | None = None) -> None:
        self._settings = settings
        self._keys = keys or KeySet(GOOGLE_KEYS_URL)

    async def verify(self, authorization: str | None) -> None:
        """Raise `SenderRefused` unless the token in an Authorization header is our subscriptions' own."""
        if self._settings.event_auth == "none":
            return
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or len(token) > LONGEST_TOKEN or not COMPACT.fullmatch(token):
            raise SenderRefused
        try:
            if self._settings.event_auth == "oidc":
                await self._verify_signature(token)
            claims = jwt.decode(token, options={**CLAIMS_UNCHECKED, "verify_signature": False})
            self._check(claims)
        except (jwt.PyJWTError, TypeError, ValueError, OverflowError):
            raise SenderRefused from None
        except KeysUnavailable:
            raise Unavailable from None

    async def _verify_signature(self, token: str) -> None:
        header = jwt.get_unverified_header(token)
        key = await self._keys.load_key(str(header.get("kid", "")))
        if key is None or header.get("alg") != key.algorithm_name:
            raise SenderRefused
        jwt.decode(token, key.key, algorithms=[key.algorithm_name], options=CLAIMS_UNCHECKED)

    def _check(self, claims: Mapping[str, Any]) -> None:
        if claims.get("iss") not in ISSUERS or claims.get("aud") != self._settings.event_audience:
            raise SenderRefused
        now = utc_now().timestamp()
        if not int(claims.get("iat", 0)) - LEEWAY_SECONDS <= now < int(claims.get("exp", 0)) + LEEWAY_SECONDS:
            raise SenderRefused
        if claims.get("email") != self._settings.event_sender or claims.get("email_verified") is not True:
            raise WrongSender
