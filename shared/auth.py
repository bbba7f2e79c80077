"""Who is calling: a Supabase access token, verified by the issuer's public keys."""

import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import jwt

from shared.clock import utc_now
from shared.errors import Unauthenticated, Unavailable
from shared.jwks import KeySet, KeysUnavailable
from shared.settings import Settings

LONGEST_TOKEN = 8 * 1024
COMPACT = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}")  # PyJWT would skip what is no base64, and verify the rest
LEEWAY_SECONDS = 30
REMEMBERED = 1024  # verified tokens: a verification costs 100 µs, and an app repeats its token for an hour


class Person(NamedTuple):
    """The signed-in person, as their token tells."""

    id: UUID
    is_admin: bool
    claims: str  # what row-level security is told of them, as JSON


class Authenticator:
    def __init__(self, settings: Settings, keys: KeySet | None = None) -> None:
        self._issuer = settings.issuer
        self._keys = keys or KeySet(settings.jwks_url)
        self._remembered: OrderedDict[bytes, tuple[Person, float, int]] = OrderedDict()

    async def person(self, authorization: str | None) -> Person:
        """The person whom an Authorization header names, or `Unauthenticated`."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _refusal("No bearer token was sent.")
        if len(token) > LONGEST_TOKEN or not COMPACT.fullmatch(token):
            raise _refusal()
        digest = sha256(token.encode()).digest()
        known = self._remembered.get(digest)
        if known and known[1] > utc_now().timestamp() and known[2] == self._keys.generation and self._keys.fresh:
            return known[0]
        return self._remember(digest, await self._verified(token))

    async def _verified(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ", "JWT") != "JWT" or header.get("alg") not in ("ES256", "RS256"):
                raise _refusal()
            key = await self._keys.load_key(str(header.get("kid", "")))
            if key is None or key.algorithm_name != header["alg"]:
                raise _refusal()
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm_name],
                audience="authenticated",
                issuer=self._issuer,
                options={
                    "require": ["exp", "iat", "sub", "aud", "iss"],
                    "verify_exp": False,  # PyJWT reads the machine's clock; `_check_times` reads ours
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            _check_times(claims)
        except (jwt.PyJWTError, TypeError, ValueError, OverflowError):
            raise _refusal() from None  # why exactly is the attacker's to guess
        except KeysUnavailable:
            raise Unavailable(retry_after=5) from None
        return claims

    def _remember(self, digest: bytes, claims: dict[str, Any]) -> Person:
        person = _person(claims)
        self._remembered[digest] = (person, int(claims["exp"]) + LEEWAY_SECONDS, self._keys.generation)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return person


def _check_times(claims: Mapping[str, Any]) -> None:
    """Raise where the token is not valid now, or a time in it is no number."""
    now = utc_now().timestamp()
    begins = max(int(claims["iat"]), int(claims.get("nbf", 0)))
    if not begins - LEEWAY_SECONDS <= now < int(claims["exp"]) + LEEWAY_SECONDS:
        raise _refusal()


def _person(claims: dict[str, Any]) -> Person:
    if claims.get("role") != "authenticated":  # a service or anonymous key is not a person
        raise _refusal()
    try:
        subject = UUID(claims["sub"])
    except ValueError:
        raise _refusal() from None
    app = claims.get("app_metadata")
    is_admin = isinstance(app, dict) and app.get("role") == "admin"
    known = {"sub": str(subject), "role": "authenticated", "app_metadata": {"role": "admin"} if is_admin else {}}
    return Person(subject, is_admin, json.dumps(known))


def _refusal(message: str = "The token is not valid.") -> Unauthenticated:
    return Unauthenticated(message, headers={"WWW-Authenticate": 'Bearer realm="mend"'})
