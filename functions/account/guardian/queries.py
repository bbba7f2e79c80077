"""The SQL of guardians. Requests run as the person, and the page as the service."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import LiteralString, NamedTuple
from uuid import UUID

from functions.account.guardian.answers import State
from shared.ages import AgeBand, PersonAge
from shared.db import Connection

MAILS_A_WEEK = 3

OWN_GUARDIAN: LiteralString = """
    SELECT mend.counted_age_band(me.user_id) AS band, p.country, g.state, g.asked_at, g.answered_at
    FROM (SELECT mend.uid() AS user_id) AS me
    LEFT JOIN public.user_profiles AS p USING (user_id)
    LEFT JOIN mend.guardians AS g USING (user_id)
"""
HAS_REFUSED: LiteralString = "SELECT mend.has_refused_mail(%(digests)s)"
OWN_ADDRESS: LiteralString = "SELECT email FROM mend.own_account()"

# Nothing is stored, and nothing returned, if there were as many mails in a week already.
ASK: LiteralString = """
    INSERT INTO mend.guardians AS g (user_id, state, link_digest, asked_at, mails_at)
    VALUES (mend.uid(), 'asked', %(link_digest)s, %(now)s, ARRAY[%(now)s::timestamptz])
    ON CONFLICT (user_id) DO UPDATE
        SET state = 'asked', link_digest = excluded.link_digest, asked_at = excluded.asked_at, answered_at = NULL,
            text_version = NULL,
            mails_at = ARRAY(SELECT at FROM unnest(g.mails_at) AS at WHERE at > %(week_ago)s) || excluded.mails_at
        WHERE (SELECT count(*) FROM unnest(g.mails_at) AS at WHERE at > %(week_ago)s) < %(most)s
    RETURNING 1
"""
STORE_MAIL: LiteralString = """
    INSERT INTO mend.guardian_mails (user_id, sealed, address_digest, asked_at)
    VALUES (mend.uid(), %(sealed)s, %(address_digest)s, %(now)s)
    ON CONFLICT (user_id) DO UPDATE
        SET sealed = excluded.sealed, address_digest = excluded.address_digest, asked_at = excluded.asked_at
"""
END: LiteralString = "UPDATE mend.guardians SET state = 'ended', link_digest = NULL WHERE user_id = mend.uid()"
DELETE_OWN_MAIL: LiteralString = "DELETE FROM mend.guardian_mails WHERE user_id = mend.uid()"

LOCK_QUESTION: LiteralString = """
    SELECT g.user_id AS person, g.state, g.asked_at, mend.counted_age_band(g.user_id) AS band, p.country
    FROM mend.guardians AS g
    LEFT JOIN public.user_profiles AS p USING (user_id)
    WHERE g.link_digest = %(link_digest)s
    FOR UPDATE OF g
"""
STORE_ANSWER: LiteralString = """
    UPDATE mend.guardians SET state = %(state)s, answered_at = %(now)s, text_version = %(version)s
    WHERE user_id = %(person)s
"""
STORE_REFUSAL: LiteralString = """
    INSERT INTO mend.guardian_refusals (address_digest, refused_at)
    SELECT m.address_digest, %(now)s FROM mend.guardian_mails AS m WHERE m.user_id = %(person)s
    ON CONFLICT (address_digest) DO NOTHING
"""
DELETE_MAIL: LiteralString = "DELETE FROM mend.guardian_mails WHERE user_id = %(person)s"


class OwnGuardian(NamedTuple):
    """The last question of a person, if there is one, beside their age."""

    band: AgeBand | None
    country: str | None
    state: State | None
    asked_at: datetime | None
    answered_at: datetime | None

    @property
    def age(self) -> PersonAge:
        return PersonAge(self.band, self.country)


class Question(NamedTuple):
    person: UUID
    state: State
    asked_at: datetime
    band: AgeBand | None
    country: str | None

    @property
    def age(self) -> PersonAge:
        return PersonAge(self.band, self.country)


async def load_guardian(conn: Connection) -> OwnGuardian:
    [row] = (await conn.run(OWN_GUARDIAN, {}, OwnGuardian)).rows
    return row


async def load_own_address(conn: Connection) -> str | None:
    """The address of the person's account."""
    return next((email for (email,) in (await conn.run(OWN_ADDRESS, {})).rows), None)


async def has_refused(conn: Connection, digests: Sequence[bytes]) -> bool:
    [(refused,)] = (await conn.run(HAS_REFUSED, {"digests": list(digests)})).rows
    return bool(refused)


async def ask(conn: Connection, link_digest: bytes, now: datetime) -> bool:
    """Store a question, in place of the former one. False if there were too many mails in the last week."""
    params = {"link_digest": link_digest, "now": now, "week_ago": now - timedelta(days=7), "most": MAILS_A_WEEK}
    return bool((await conn.run(ASK, params)).rows)


def store_mail(conn: Connection, sealed: bytes, address_digest: bytes, now: datetime) -> None:
    conn.queue(STORE_MAIL, {"sealed": sealed, "address_digest": address_digest, "now": now})


def end(conn: Connection) -> None:
    conn.queue(END)
    conn.queue(DELETE_OWN_MAIL)


async def lock_question(conn: Connection, link_digest: bytes) -> Question | None:
    """The question behind a link, locked until the transaction ends."""
    return (await conn.run(LOCK_QUESTION, {"link_digest": link_digest}, Question)).first


def store_answer(conn: Connection, person: UUID, state: State, version: date, now: datetime) -> None:
    """Store what the answer has made of the question. A refusal also holds for the address."""
    conn.queue(STORE_ANSWER, {"person": person, "state": state, "version": version, "now": now})
    if state == "refused":
        conn.queue(STORE_REFUSAL, {"person": person, "now": now})
    conn.queue(DELETE_MAIL, {"person": person})
