"""A developer's machine sends nothing: what would have been sent is kept, and shown on the stack's page.

In a transaction of its own: like what has left the house, it cannot be rolled back by whoever sent it.
"""

from collections.abc import Sequence

from functions.notify.channels import queries
from functions.notify.channels.ports import SENT, Mail, Outcome, Push
from shared.db import Database


class EmbeddedPush:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        async with self._database.service() as conn:
            queries.keep_pushes(conn, pushes)
        return [SENT] * len(pushes)


class EmbeddedMail:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, mails: Sequence[Mail]) -> list[Outcome]:
        async with self._database.service() as conn:
            queries.keep_mails(conn, mails)
        return [SENT] * len(mails)
