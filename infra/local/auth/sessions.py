"""Sessions: an access token for an hour, and refresh tokens of which each is used once.

The successor of a refresh token is computed from it with a secret. So the answer to a repeated request can be
repeated, although only hashes are stored.
"""

import base64
import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.rows import TupleRow, class_row

from infra.local import issuer
from infra.local.auth import queries
from infra.local.auth.errors import AuthError, already_used
from infra.local.auth.models import Account, user_of
from shared.clock import utc_now
from shared.local_secret import local_secret
from shared.settings import Settings

Connection = AsyncConnection[TupleRow]

ACCESS_MINUTES = 60
REUSE_WITHIN = timedelta(seconds=10)  # several tabs of a browser may send the same refresh token


class Device(NamedTuple):
    """Where somebody signs in, as far as a request tells."""

    user_agent: str | None
    ip: str | None


class RefreshToken(NamedTuple):
    """A row of local.refresh_tokens with that of its session."""

    used_at: datetime | None
    session_id: UUID
    user_id: UUID
    method: str
    created_at: datetime
    revoked: bool


async def begin(conn: Connection, settings: Settings, account: Account, method: str, device: Device) -> dict[str, Any]:
    """Sign an account in. Returns the session as clients read it."""
    row = RefreshToken(None, uuid4(), account.id, method, utc_now(), revoked=False)
    session = {"id": row.session_id, "user_id": account.id, "method": method, "now": row.created_at}
    await conn.execute(queries.INSERT_SESSION, {**session, **device._asdict()})
    token = secrets.token_urlsafe(16)
    await _insert(conn, token, row.session_id)
    return _answer(settings, account, row, token)


async def refresh(conn: Connection, settings: Settings, token: str) -> tuple[RefreshToken, str]:
    """Use a refresh token. Returns its row and the token that is now valid.

    A used token is accepted for ten seconds, and as long as its successor is unused: the answer may have been lost.
    Later it counts as stolen, so the session is revoked. Raises `AuthError`.
    """
    row = await _load(conn, token)
    if row is None:
        raise AuthError(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
    if row.revoked:
        raise already_used()
    successor = _successor(settings, token)
    if row.used_at is None:
        await conn.execute(queries.USE_REFRESH, {"hash": _hash(token), "now": utc_now()})
        await _insert(conn, successor, row.session_id)
        return row, successor
    active = await _active(conn, settings, successor)
    if active != successor and row.used_at + REUSE_WITHIN <= utc_now():
        await conn.execute(queries.REVOKE_SESSION, {"id": row.session_id})
        await conn.commit()  # the error below would roll it back
        raise already_used()
    return row, active


def continued(settings: Settings, account: Account, row: RefreshToken, token: str) -> dict[str, Any]:
    """The session with a new access token, as clients read it."""
    return _answer(settings, account, row, token)


async def end(conn: Connection, user_id: UUID, session_id: UUID | None, scope: str) -> None:
    """Delete the session of the caller (`local`), all others (`others`) or all (`global`)."""
    await conn.execute(queries.DELETE_SESSIONS, {"user_id": user_id, "id": session_id, "scope": scope})


async def exists(conn: Connection, user_id: UUID, session_id: UUID) -> bool:
    cursor = await conn.execute(queries.SESSION, {"id": session_id, "user_id": user_id})
    return await cursor.fetchone() is not None


async def _active(conn: Connection, settings: Settings, token: str) -> str:
    """The last token of the chain that begins with this one."""
    while (row := await _load(conn, token)) and row.used_at is not None:
        token = _successor(settings, token)
    return token


async def _insert(conn: Connection, token: str, session_id: UUID) -> None:
    await conn.execute(queries.INSERT_REFRESH, {"hash": _hash(token), "session_id": session_id})


async def _load(conn: Connection, token: str) -> RefreshToken | None:
    async with conn.cursor(row_factory=class_row(RefreshToken)) as cursor:
        await cursor.execute(queries.LOAD_REFRESH, {"hash": _hash(token)})
        return await cursor.fetchone()


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _successor(settings: Settings, token: str) -> str:
    digest = hmac.digest(local_secret(settings.mend_home, "refresh.key"), token.encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def _answer(settings: Settings, account: Account, row: RefreshToken, refresh_token: str) -> dict[str, Any]:
    now = utc_now()
    claims = {
        "email": account.email or "",
        "phone": "",
        "app_metadata": account.app_metadata,
        "user_metadata": account.user_metadata,
        "aal": "aal1",
        "amr": [{"method": row.method, "timestamp": int(row.created_at.timestamp())}],
        "session_id": str(row.session_id),
        "is_anonymous": account.is_anonymous,
    }
    lifetime = timedelta(minutes=ACCESS_MINUTES)
    return {
        "access_token": issuer.access_token(settings, account.id, now, lifetime, claims),
        "token_type": "bearer",
        "expires_in": int(lifetime.total_seconds()),
        "expires_at": int((now + lifetime).timestamp()),
        "refresh_token": refresh_token,
        "user": user_of(account),
    }
