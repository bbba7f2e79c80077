"""The statements about these mails."""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from shared.db import Connection

# The lease of another delivery may hold on: then it is not taken.
LEASE_HAND_OVER: LiteralString = """
    UPDATE public.hand_overs SET state = 'sending', leased_until = %(until)s
    WHERE user_id = %(person)s AND id = %(id)s AND (state = 'queued' OR leased_until < %(now)s)
    RETURNING address, subject, text
"""
IS_SENDING: LiteralString = """
    SELECT EXISTS (SELECT FROM public.hand_overs WHERE user_id = %(person)s AND id = %(id)s AND state = 'sending')
"""
# What the person has seen is not needed any more when it was sent.
SETTLE_HAND_OVER: LiteralString = """
    UPDATE public.hand_overs
    SET state = %(state)s, leased_until = NULL,
        text = CASE WHEN %(state)s IN ('sent', 'unknown') THEN NULL ELSE text END
    WHERE user_id = %(person)s AND id = %(id)s AND state = 'sending'
"""

# The mail to a parent or guardian. Whoever takes it sends it, so it is sent at most once.
TAKE_GUARDIAN_MAIL: LiteralString = """
    WITH due AS (
        SELECT user_id, sealed, asked_at FROM mend.guardian_mails
        WHERE user_id = %(person)s AND sealed IS NOT NULL FOR UPDATE
    )
    UPDATE mend.guardian_mails AS m SET sealed = NULL FROM due WHERE m.user_id = due.user_id
    RETURNING due.sealed, due.asked_at
"""
PUT_GUARDIAN_MAIL_BACK: LiteralString = """
    UPDATE mend.guardian_mails SET sealed = %(sealed)s
    WHERE user_id = %(person)s AND asked_at = %(asked_at)s AND sealed IS NULL
"""


class MailRow(NamedTuple):
    """A mail to the team, as the person has seen it."""

    address: str
    subject: str
    text: str


class SealedMail(NamedTuple):
    """The mail to a parent or guardian, and when it was asked for."""

    sealed: bytes
    asked_at: datetime


async def lease_hand_over(conn: Connection, person: UUID, id_: UUID, now: datetime, until: datetime) -> MailRow | None:
    """The mail, if it is to be sent now and by nobody else until then."""
    params = {"person": person, "id": id_, "now": now, "until": until}
    return (await conn.run(LEASE_HAND_OVER, params, MailRow)).first


async def is_sending(conn: Connection, person: UUID, id_: UUID) -> bool:
    """Whether somebody else sends it, or has died while doing so."""
    [(sending,)] = (await conn.run(IS_SENDING, {"person": person, "id": id_})).rows
    return bool(sending)


def settle_hand_over(conn: Connection, person: UUID, id_: UUID, state: str) -> None:
    conn.queue(SETTLE_HAND_OVER, {"person": person, "id": id_, "state": state})


async def take_guardian_mail(conn: Connection, person: UUID) -> SealedMail | None:
    """The mail that is to be sent now, or None if it was taken, answered or ended."""
    return (await conn.run(TAKE_GUARDIAN_MAIL, {"person": person}, SealedMail)).first


def put_guardian_mail_back(conn: Connection, person: UUID, mail: SealedMail) -> None:
    """So that it can be taken again, unless another one was asked for meanwhile."""
    conn.queue(PUT_GUARDIAN_MAIL_BACK, {"person": person, "sealed": mail.sealed, "asked_at": mail.asked_at})
