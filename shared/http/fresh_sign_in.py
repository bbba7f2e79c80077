"""Routes that hand out or delete everything of a person need a sign-in of the last minutes, not just a valid token.

A stolen token lives for an hour, and a stolen phone refreshes its session for weeks. Who signs in again knows the
password, or has the mailbox.
"""

from typing import LiteralString

from shared.auth import Person
from shared.clock import utc_now
from shared.db import Connection
from shared.errors import Unauthenticated

MINUTES = 10

HAS_SECOND_FACTOR: LiteralString = "SELECT mend.has_second_factor()"


class FreshSignInNeeded(Unauthenticated):
    """Sign in again, then repeat this request within 10 minutes."""

    code = "fresh_sign_in_needed"


async def require_fresh_sign_in(conn: Connection, person: Person) -> None:
    """Raise `FreshSignInNeeded` unless the person signed in minutes ago, with their second factor if they have one.

    `conn` is in the person's role. The challenge in `WWW-Authenticate` is that of RFC 9470.
    """
    if person.signed_in_at < utc_now().timestamp() - MINUTES * 60:
        raise FreshSignInNeeded(headers=_challenge(f'max_age="{MINUTES * 60}"'))
    if not person.used_second_factor:
        [(has_second_factor,)] = (await conn.run(HAS_SECOND_FACTOR)).rows
        if has_second_factor:
            message = "Sign in again with your second factor, then repeat this request within 10 minutes."
            raise FreshSignInNeeded(message, headers=_challenge('acr_values="aal2"'))


def _challenge(need: str) -> dict[str, str]:
    return {"WWW-Authenticate": f'Bearer realm="mend", error="insufficient_user_authentication", {need}'}
