"""The channels of a developer's machine: they store messages in tables, which the page of the local stack lists.

They store in a transaction of their own: a rollback of the sender's does not undo it, as with a real provider.
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
            queries.insert_pushes(conn, pushes)
        return [SENT] * len(pushes)


class EmbeddedMail:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, mails: Sequence[Mail]) -> list[Outcome]:
        async with self._database.service() as conn:
            queries.insert_mails(conn, mails)
        return [SENT] * len(mails)
