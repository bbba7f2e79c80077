"""Authentication: verifies Supabase access tokens with the public keys of their issuer."""

import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import jwt

from shared.clock import utc_now
from shared.errors import TokenExpired, Unauthenticated, Unavailable
from shared.jwks import KeySet, KeysUnavailable
from shared.settings import Settings

LONGEST_TOKEN = 8 * 1024
COMPACT = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}")  # PyJWT ignores characters outside base64url
MISSING = "No bearer token was found. Send the header `Authorization: Bearer TOKEN`, with the word Bearer."
LEEWAY_SECONDS = 30
REFRESH = "token_refresh"  # an entry of `amr` that tells of no sign-in
SECOND_FACTOR = "aal2"  # the authenticator assurance level of a session whose sign-in included a second factor
CACHED_TOKENS = 1024  # verifying a token costs 100 µs, and an app sends the same one for an hour


class Person(NamedTuple):
    """The signed-in person of a token."""

    id: UUID
    is_admin: bool
    lacks_second_factor: bool  # is no admin only because the session was signed in without a second factor
    used_second_factor: bool
    signed_in_at: float  # in Unix time, 0 if the token does not tell
    claims: str  # JSON, for the policies of row-level security


class CachedToken(NamedTuple):
    person: Person
    expires: float
    generation: int  # of the key set that verified the token


class Authenticator:
    def __init__(self, settings: Settings, keys: KeySet | None = None) -> None:
        self._issuer = settings.issuer
        self._admin_requires_mfa = settings.admin_requires_mfa
        self._keys = keys or KeySet(settings.jwks_url)
        self._cache: OrderedDict[bytes, CachedToken] = OrderedDict()

    async def person(self, authorization: str | None) -> Person:
        """The person of an Authorization header. Raises `Unauthenticated`, or `Unavailable` without signing keys."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated(MISSING, headers={"WWW-Authenticate": 'Bearer realm="mend"'})
        if len(token) > LONGEST_TOKEN or not COMPACT.fullmatch(token):
            raise _refusal()
        digest = sha256(token.encode()).digest()
        cached = self._cache.get(digest)
        if cached and self._is_valid(cached):
            return cached.person
        return self._store(digest, await self._verified_claims(token))

    def _is_valid(self, cached: CachedToken) -> bool:
        same_keys = cached.generation == self._keys.generation and self._keys.fresh
        return same_keys and cached.expires > utc_now().timestamp()

    async def _verified_claims(self, token: str) -> dict[str, Any]:
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
                    "verify_exp": False,  # PyJWT would use the machine's clock; `_check_times` uses ours
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            _check_times(claims)
        except (jwt.PyJWTError, TypeError, ValueError, OverflowError):
            raise _refusal() from None  # a caller is told whether it has expired, and no more
        except KeysUnavailable:
            raise Unavailable(retry_after=5) from None
        return claims

    def _store(self, digest: bytes, claims: dict[str, Any]) -> Person:
        person = _person(claims, admin_requires_mfa=self._admin_requires_mfa)
        self._cache[digest] = CachedToken(person, int(claims["exp"]) + LEEWAY_SECONDS, self._keys.generation)
        if len(self._cache) > CACHED_TOKENS:
            self._cache.popitem(last=False)
        return person


def _check_times(claims: Mapping[str, Any]) -> None:
    """Raise `Unauthenticated` if the token is not valid now, or `ValueError` if a time in it is not a number."""
    now = utc_now().timestamp()
    valid_from = max(int(claims["iat"]), int(claims.get("nbf", 0)))
    if now >= int(claims["exp"]) + LEEWAY_SECONDS:
        raise _refusal(TokenExpired, "The token has expired.")
    if now < valid_from - LEEWAY_SECONDS:
        raise _refusal()


def _person(claims: dict[str, Any], *, admin_requires_mfa: bool) -> Person:
    if claims.get("role") != "authenticated":  # such as a service key or an anonymous key
        raise _refusal()
    try:
        subject = UUID(claims["sub"])
        session = {"session_id": str(UUID(claims["session_id"]))} if "session_id" in claims else {}
    except (ValueError, TypeError, AttributeError):
        raise _refusal() from None
    app_metadata = claims.get("app_metadata")
    has_admin_role = isinstance(app_metadata, dict) and app_metadata.get("role") == "admin"
    used_second_factor = claims.get("aal") == SECOND_FACTOR
    lacks_second_factor = has_admin_role and admin_requires_mfa and not used_second_factor
    is_admin = has_admin_role and not lacks_second_factor
    trusted = {
        "sub": str(subject),
        "role": "authenticated",
        "app_metadata": {"role": "admin"} if is_admin else {},
        **session,
    }
    return Person(
        subject, is_admin, lacks_second_factor, used_second_factor, _signed_in_at(claims), json.dumps(trusted)
    )


def _signed_in_at(claims: Mapping[str, Any]) -> float:
    """When the person last proved who they are. `iat` does not tell: a refreshed token has a new one.

    An anonymous person cannot sign in again. To refresh the session is all that they can do, so that counts.
    """
    if claims.get("is_anonymous") is True:
        return float(claims["iat"])
    amr = claims.get("amr")
    entries = [entry for entry in amr if isinstance(entry, dict)] if isinstance(amr, list) else []
    moments = [entry.get("timestamp") for entry in entries if entry.get("method") != REFRESH]
    return max((float(moment) for moment in moments if isinstance(moment, int | float)), default=0.0)


def _refusal(
    kind: type[Unauthenticated] = Unauthenticated,
    message: str = "The token is not a valid access token of this project.",
) -> Unauthenticated:
    challenge = f'Bearer realm="mend", error="invalid_token", error_description="{message}"'
    return kind(message, headers={"WWW-Authenticate": challenge})
