"""The channels of a developer's machine: they store messages in tables, which the page of the local stack lists.

They store in transactions of their own: a rollback of the sender's does not undo them, as with a real provider.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from functions.notify.channels import queries
from functions.notify.channels.ports import NO_RECORD, SENT, Mail, Outcome, Push, Record
from functions.notify.channels.recorder import send_each
from functions.notify.concurrency import Grouped
from shared.db import Connection, Database

T = TypeVar("T", Push, Mail)


class _TableChannel(Generic[T]):
    def __init__(self, database: Database, insert: Callable[[Connection, Sequence[T]], None]) -> None:
        self._database = database
        self._insert: Callable[[Connection, Sequence[T]], None] = insert

    async def send(self, messages: Sequence[T], record: Record = NO_RECORD, /) -> list[Outcome]:
        store = Grouped(self._store)

        async def send_one(message: T) -> Outcome:
            await record.hand_over(message)
            return await store(message)

        return await send_each(messages, record, send_one, len(messages))

    async def _store(self, messages: Sequence[T]) -> list[Outcome]:
        async with self._database.service() as conn:
            self._insert(conn, messages)
        return [SENT] * len(messages)


class EmbeddedPush(_TableChannel[Push]):
    def __init__(self, database: Database) -> None:
        super().__init__(database, queries.insert_pushes)


class EmbeddedMail(_TableChannel[Mail]):
    def __init__(self, database: Database) -> None:
        super().__init__(database, queries.insert_mails)
