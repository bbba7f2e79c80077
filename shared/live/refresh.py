"""Live documents follow the record: a change requests them in its transaction, and they are written after its commit.

`mend.live_documents_due` says which documents lag. The consumer writes them at once; what it could not write, for
instance while Firestore is away, is written at a later `schedule.live`. A lease lets one process at a time write a
document, so that an older state never replaces a newer one. No connection is held while Firestore is awaited.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import LiteralString, NamedTuple
from uuid import UUID

from pydantic import JsonValue

from shared import logs
from shared.clock import utc_now
from shared.db import SERVICE_ROLE, Connection, Database, Result, set_role
from shared.errors import Unavailable
from shared.services import services

AT_ONCE = 4  # documents; as many as a pool has connections
LEASE = timedelta(seconds=30)  # longer than it takes to build and write a document
REFRESH_SECONDS = 20.0  # then the next tick goes on

# A person whose account is gone has no documents.
REQUEST_DOCUMENT: LiteralString = """
    INSERT INTO mend.live_documents_due (user_id, name, requested_at)
    SELECT %(person)s, %(name)s, %(now)s WHERE mend.has_account(%(person)s)
    ON CONFLICT (user_id, name) DO UPDATE SET version = excluded.version, requested_at = excluded.requested_at
"""
LEASE_DOCUMENTS: LiteralString = """
    UPDATE mend.live_documents_due AS d SET leased_until = %(until)s
    FROM (
        SELECT user_id, name FROM mend.live_documents_due
        WHERE name = ANY(%(names)s) AND (user_id = %(person)s OR %(person)s::uuid IS NULL)
          AND (leased_until IS NULL OR leased_until <= %(now)s)
        ORDER BY requested_at DESC LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) AS due
    WHERE (d.user_id, d.name) = (due.user_id, due.name)
    RETURNING d.user_id, d.name, d.version
"""
# A document that was requested again meanwhile stays, and is released to be written once more.
DELETE_WRITTEN: LiteralString = """
    DELETE FROM mend.live_documents_due
    WHERE user_id = %(user_id)s AND name = %(name)s AND version = %(version)s RETURNING 1
"""
RELEASE_DOCUMENT: LiteralString = """
    UPDATE mend.live_documents_due SET leased_until = NULL WHERE user_id = %(user_id)s AND name = %(name)s
"""


class LiveDocument(NamedTuple):
    fields: Mapping[str, JsonValue]
    expires_at: datetime


class DueDocument(NamedTuple):
    user_id: UUID
    name: str
    version: int


Builder = Callable[[Connection, UUID, datetime], Awaitable[LiveDocument | None]]


def request_document(conn: Connection, person: UUID, name: str) -> None:
    """Have a document written once the transaction has committed. Its role must be `mend_service`."""
    conn.queue(REQUEST_DOCUMENT, {"person": person, "name": name, "now": utc_now()})


class LiveRefresher:
    """Writes the documents of one capability: each from the record, by the builder of its name.

    A builder reads without locks. It returns None if the person has nothing to show in this document.
    """

    def __init__(self, builders: Mapping[str, Builder]) -> None:
        self._builders = builders

    def lease(self, conn: Connection, person: UUID | None) -> Result[DueDocument]:
        """Lease due documents of one person or of all, latest request first. It needs no extra round trip."""
        now = utc_now()
        params = {"person": person, "names": list(self._builders), "now": now, "until": now + LEASE, "limit": AT_ONCE}
        set_role(conn, SERVICE_ROLE)
        return conn.queue(LEASE_DOCUMENTS, params, DueDocument)

    async def refresh(self, person: UUID | None = None) -> None:
        """Lease and write what lags, of a person or of everybody."""
        await self.write(await self._lease(services().database, person), person)

    async def write(self, due: Sequence[DueDocument], person: UUID | None) -> None:
        """Write leased documents, and what else lags. A failure is logged and not raised."""
        database, ends_at = services().database, time.monotonic() + REFRESH_SECONDS
        try:
            while due and time.monotonic() < ends_at:
                results = await asyncio.gather(*(self._write(database, each) for each in due), return_exceptions=True)
                for result in results:
                    if isinstance(result, Exception):
                        logs.failure("live_document_late", result)
                if any(isinstance(result, Unavailable) for result in results):
                    return  # the store is unreachable: the next tick tries again
                if len(due) < AT_ONCE and all(result is True for result in results):
                    return
                due = await self._lease(database, person)
        except Exception as error:  # noqa: BLE001 - the change is committed, and a tick will write its documents
            logs.failure("live_document_late", error)

    async def _lease(self, database: Database, person: UUID | None) -> list[DueDocument]:
        async with database.service() as conn:
            leased = self.lease(conn, person)
        return leased.rows

    async def _write(self, database: Database, due: DueDocument) -> bool:
        """Whether the document is up to date: it was not requested again meanwhile."""
        async with database.service() as conn:
            document = await self._builders[due.name](conn, due.user_id, utc_now())
        if document:
            await services().live.put(due.user_id, due.name, document.fields, document.expires_at)
        async with database.service() as conn:
            deleted = conn.queue(DELETE_WRITTEN, due._asdict())
            conn.queue(RELEASE_DOCUMENT, due._asdict())
        return bool(deleted.rows)
