"""The SQL of connections. It runs as the person, or where it says so as the service."""

from datetime import UTC, datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from shared.db import Connection

CONNECTED: LiteralString = "SELECT provider, connected_at FROM mend.connections WHERE user_id = mend.uid()"
STORE_TOKENS: LiteralString = """
    INSERT INTO mend.connections (user_id, provider, tokens, expires_at, connected_at)
    VALUES (mend.uid(), %(provider)s, %(tokens)s, %(expires_at)s, %(now)s)
    ON CONFLICT (user_id, provider) DO UPDATE
        SET tokens = excluded.tokens, expires_at = excluded.expires_at, connected_at = excluded.connected_at,
            leased_until = NULL
"""
# Leases the tokens if they must be refreshed and no other process does. `leased` tells whether this one does.
TAKE_TOKENS: LiteralString = """
    WITH leased AS (
        UPDATE mend.connections SET leased_until = %(leased_until)s
        WHERE user_id = mend.uid() AND provider = %(provider)s AND expires_at <= %(expires_before)s
          AND (leased_until IS NULL OR leased_until <= %(now)s)
        RETURNING user_id
    )
    SELECT tokens, expires_at <= %(expires_before)s AS expired, EXISTS (SELECT FROM leased) AS leased
    FROM mend.connections WHERE user_id = mend.uid() AND provider = %(provider)s
"""
# Only while the lease holds: the person may have connected anew meanwhile.
STORE_REFRESHED: LiteralString = """
    UPDATE mend.connections SET tokens = %(tokens)s, expires_at = %(expires_at)s, leased_until = NULL
    WHERE user_id = mend.uid() AND provider = %(provider)s AND leased_until = %(leased_until)s
"""
END_LEASE: LiteralString = """
    UPDATE mend.connections SET leased_until = NULL
    WHERE user_id = mend.uid() AND provider = %(provider)s AND leased_until = %(leased_until)s
"""
DELETE_LEASED: LiteralString = """
    DELETE FROM mend.connections
    WHERE user_id = mend.uid() AND provider = %(provider)s AND leased_until = %(leased_until)s
"""
DELETE_CONNECTION: LiteralString = """
    DELETE FROM mend.connections WHERE user_id = mend.uid() AND provider = %(provider)s RETURNING tokens
"""
ALL_TOKENS: LiteralString = "SELECT provider, tokens FROM mend.connections WHERE user_id = %(person)s"
TRACK: LiteralString = """
    SELECT provider_id FROM public.content WHERE id = %(id)s AND provider = 'spotify' AND deleted_at IS NULL
"""


class TakenTokens(NamedTuple):
    tokens: bytes
    expired: bool
    leased: bool


class StoredTokens(NamedTuple):
    provider: str
    tokens: bytes


async def load_connected(conn: Connection) -> dict[str, datetime]:
    """Since when which providers are connected."""
    rows = (await conn.run(CONNECTED)).rows
    return {str(provider): connected_at.astimezone(UTC) for provider, connected_at in rows}


def store_tokens(conn: Connection, provider: str, tokens: bytes, expires_at: datetime, now: datetime) -> None:
    conn.queue(STORE_TOKENS, {"provider": provider, "tokens": tokens, "expires_at": expires_at, "now": now})


async def take_tokens(
    conn: Connection, provider: str, expires_before: datetime, now: datetime, leased_until: datetime
) -> TakenTokens | None:
    params = {"provider": provider, "expires_before": expires_before, "now": now, "leased_until": leased_until}
    return (await conn.run(TAKE_TOKENS, params, TakenTokens)).first


def store_refreshed(
    conn: Connection, provider: str, tokens: bytes, expires_at: datetime, leased_until: datetime
) -> None:
    params = {"provider": provider, "tokens": tokens, "expires_at": expires_at, "leased_until": leased_until}
    conn.queue(STORE_REFRESHED, params)


def end_lease(conn: Connection, provider: str, leased_until: datetime) -> None:
    conn.queue(END_LEASE, {"provider": provider, "leased_until": leased_until})


def delete_leased(conn: Connection, provider: str, leased_until: datetime) -> None:
    conn.queue(DELETE_LEASED, {"provider": provider, "leased_until": leased_until})


async def delete_connection(conn: Connection, provider: str) -> bytes | None:
    """The sealed tokens of the deleted connection."""
    rows = (await conn.run(DELETE_CONNECTION, {"provider": provider})).rows
    return bytes(rows[0][0]) if rows else None


async def load_all_tokens(conn: Connection, person: UUID) -> list[StoredTokens]:
    """As the service."""
    return (await conn.run(ALL_TOKENS, {"person": person}, StoredTokens)).rows


async def load_track(conn: Connection, content_id: UUID) -> str | None:
    """The id at Spotify of an item."""
    rows = (await conn.run(TRACK, {"id": content_id})).rows
    return str(rows[0][0]) if rows else None
