"""A developer's machine sends nothing: what would have been sent is kept, and shown on the stack's page."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import LiteralString

from functions.notify.channels.ports import SENT, Mail, Outcome, Push
from shared.db import Database

KEEP_PUSH: LiteralString = """
    INSERT INTO local.pushes (token, key, title, body, link, until)
    VALUES (%(token)s, %(key)s, %(title)s, %(body)s, %(link)s, %(until)s)
"""
KEEP_MAIL: LiteralString = """
    INSERT INTO local.mails (address, key, subject, text, html, unsubscribe)
    VALUES (%(to)s, %(key)s, %(subject)s, %(text)s, %(html)s, %(unsubscribe)s)
"""


class EmbeddedPush:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        return await _keep(self._database, KEEP_PUSH, pushes)


class EmbeddedMail:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, mails: Sequence[Mail]) -> list[Outcome]:
        return await _keep(self._database, KEEP_MAIL, mails)


async def _keep(database: Database, statement: LiteralString, told: Sequence[Push | Mail]) -> list[Outcome]:
    """In a transaction of its own: like what has left the house, it cannot be rolled back by whoever sent it."""
    async with database.service() as conn:
        for one in told:
            conn.post(statement, asdict(one))
    return [SENT] * len(told)
