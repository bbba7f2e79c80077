"""Signs in to Google as the function's own service account."""

import asyncio

from shared.errors import Unavailable

SIGN_IN_SECONDS = 5


class GoogleSignInFailed(Unavailable):
    """Google's sign-in did not answer. Try again shortly."""

    code = "google_sign_in_failed"


async def access_token(scope: str) -> str:
    """Raises `GoogleSignInFailed`."""
    from google.auth.exceptions import GoogleAuthError

    try:
        async with asyncio.timeout(SIGN_IN_SECONDS):
            return await asyncio.to_thread(_fetch, scope)
    except (GoogleAuthError, TimeoutError) as error:
        raise GoogleSignInFailed from error


def _fetch(scope: str) -> str:
    from google.auth import default
    from google.auth.transport.requests import Request

    credentials, _ = default(scopes=[scope])
    credentials.refresh(Request())  # type: ignore[no-untyped-call]
    return str(credentials.token)
