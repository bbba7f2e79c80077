"""Signs in to Google as the function's own service account."""

import asyncio
from typing import NamedTuple

from shared.errors import Unavailable

SIGN_IN_SECONDS = 5


class GoogleSignInFailed(Unavailable):
    """Google's sign-in did not answer. Try again shortly."""

    code = "google_sign_in_failed"


class GoogleSignIn(NamedTuple):
    token: str
    service_account: str | None  # its address; None for a developer's own sign-in


async def access_token(scope: str) -> str:
    """Raises `GoogleSignInFailed`."""
    return (await sign_in(scope)).token


async def sign_in(scope: str) -> GoogleSignIn:
    """Raises `GoogleSignInFailed`."""
    from google.auth.exceptions import GoogleAuthError

    try:
        async with asyncio.timeout(SIGN_IN_SECONDS):
            return await asyncio.to_thread(_fetch, scope)
    except (GoogleAuthError, TimeoutError) as error:
        raise GoogleSignInFailed from error


def _fetch(scope: str) -> GoogleSignIn:
    from google.auth import default
    from google.auth.transport.requests import Request

    credentials, _ = default(scopes=[scope])
    credentials.refresh(Request())  # type: ignore[no-untyped-call]
    return GoogleSignIn(str(credentials.token), getattr(credentials, "service_account_email", None))
