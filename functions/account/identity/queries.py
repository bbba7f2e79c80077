"""The SQL of accounts and sessions. It runs as the person. Its functions read what Supabase Auth keeps."""

from datetime import UTC, datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from functions.account.identity.models import EmailState, Session
from shared.ages import AgeBand
from shared.db import Connection

OWN_ACCOUNT: LiteralString = """
    SELECT email, email_state, is_anonymous, sign_in_methods, age_band, age_signal, created_at, last_seen_at,
           has_profile, has_interests, has_entry, has_plan
    FROM mend.own_account()
"""
OWN_SESSIONS: LiteralString = """
    SELECT id, user_agent, ip, created_at, used_at, current FROM mend.own_sessions(%(limit)s)
"""
END_SESSION: LiteralString = "SELECT mend.end_session(%(id)s)"
STORE_AGE_SIGNAL: LiteralString = """
    INSERT INTO mend.age_signals (user_id, band, received_at) VALUES (mend.uid(), %(band)s, %(now)s)
    ON CONFLICT (user_id) DO UPDATE SET band = excluded.band, received_at = excluded.received_at
"""
DELETE_AGE_SIGNAL: LiteralString = "DELETE FROM mend.age_signals WHERE user_id = mend.uid()"

MOST_SESSIONS = 200


class AccountRow(NamedTuple):
    email: str | None
    email_state: EmailState
    is_anonymous: bool
    sign_in_methods: list[str]
    age_band: AgeBand | None
    age_signal: AgeBand | None
    created_at: datetime
    last_seen_at: datetime
    has_profile: bool
    has_interests: bool
    has_entry: bool
    has_plan: bool


class SessionRow(NamedTuple):
    id: UUID
    user_agent: str | None
    ip: str | None
    created_at: datetime | None
    used_at: datetime | None
    current: bool

    @property
    def item(self) -> Session:
        return Session(
            id=self.id,
            user_agent=self.user_agent,
            ip=self.ip,
            created_at=self.created_at and self.created_at.astimezone(UTC),
            last_used_at=self.used_at and self.used_at.astimezone(UTC),
            current=self.current,
        )


async def load_account(conn: Connection) -> AccountRow | None:
    """The account of the person, or None if Supabase Auth has none."""
    return (await conn.run(OWN_ACCOUNT, None, AccountRow)).first


def store_age_signal(conn: Connection, band: AgeBand, now: datetime) -> None:
    conn.queue(STORE_AGE_SIGNAL, {"band": band, "now": now})


def delete_age_signal(conn: Connection) -> None:
    conn.queue(DELETE_AGE_SIGNAL)


async def load_sessions(conn: Connection) -> list[SessionRow]:
    return (await conn.run(OWN_SESSIONS, {"limit": MOST_SESSIONS}, SessionRow)).rows


async def end_session(conn: Connection, id_: UUID) -> bool:
    """Sign a session of the person out. False if they have no such session."""
    [(ended,)] = (await conn.run(END_SESSION, {"id": id_})).rows
    return bool(ended)
