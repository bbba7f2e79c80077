"""Live documents follow the record: a change requests them in its transaction, and they are written after its commit.

`mend.live_documents_due` says which documents lag. The consumer writes them at once; what it could not write, for
instance while Firestore is away, is written at a later `schedule.live`. A lease lets one process at a time write a
document, so that an older state never replaces a newer one. No connection is held while Firestore is awaited.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import LiteralString, NamedTuple
from uuid import UUID

import psycopg
from pydantic import JsonValue

from shared import logs
from shared.clock import utc_now
from shared.db import SERVICE_ROLE, Connection, Database, Result, set_role
from shared.errors import Unavailable
from shared.live.port import StoredDocument
from shared.services import services

AT_ONCE = 25  # documents that are built in one transaction, and written together
LEASE = timedelta(seconds=30)  # longer than it takes to build and write them
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
        WHERE name = ANY(%(names)s) AND (user_id = ANY(%(people)s) OR %(people)s::uuid[] IS NULL)
          AND (leased_until IS NULL OR leased_until <= %(now)s)
        ORDER BY requested_at DESC LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) AS due
    WHERE (d.user_id, d.name) = (due.user_id, due.name)
    RETURNING d.user_id, d.name, d.version
"""
# A document that was requested again meanwhile stays, and is released to be written once more. The rows are locked in
# the order in which requests lock those of several people. Returns one row for each document that is up to date.
DELETE_WRITTEN: LiteralString = """
    WITH locked AS MATERIALIZED (
        SELECT d.user_id, d.name, d.version = w.version AS is_written
        FROM mend.live_documents_due AS d
        JOIN unnest(%(people)s::uuid[], %(names)s::text[], %(versions)s::bigint[]) AS w (user_id, name, version)
            ON (d.user_id, d.name) = (w.user_id, w.name)
        ORDER BY d.user_id, d.name FOR UPDATE OF d
    ), released AS (
        UPDATE mend.live_documents_due AS d SET leased_until = NULL
        FROM locked AS l WHERE (d.user_id, d.name) = (l.user_id, l.name) AND NOT l.is_written
    )
    DELETE FROM mend.live_documents_due AS d
    USING locked AS l WHERE (d.user_id, d.name) = (l.user_id, l.name) AND l.is_written
    RETURNING 1
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

    def lease(self, conn: Connection, people: Sequence[UUID] | None) -> Result[DueDocument]:
        """Lease due documents of these people or of all, latest request first. It needs no extra round trip."""
        now = utc_now()
        params = {"people": people, "names": list(self._builders), "now": now, "until": now + LEASE, "limit": AT_ONCE}
        set_role(conn, SERVICE_ROLE)
        return conn.queue(LEASE_DOCUMENTS, params, DueDocument)

    async def refresh(self, people: Sequence[UUID] | None = None) -> None:
        """Lease and write what lags, of these people or of everybody."""
        await self.write(await self._lease(services().database, people), people)

    async def write(self, due: Sequence[DueDocument], people: Sequence[UUID] | None) -> None:
        """Write leased documents, and what else lags. A failure is logged and not raised."""
        database, ends_at = services().database, time.monotonic() + REFRESH_SECONDS
        try:
            while due and time.monotonic() < ends_at:
                if await self._write_each(database, sorted(due)) and len(due) < AT_ONCE:
                    return
                due = await self._lease(database, people)
        except Exception as error:  # noqa: BLE001 - the change is committed, and a tick will write its documents
            logs.failure("live_document_late", error)

    async def _lease(self, database: Database, people: Sequence[UUID] | None) -> list[DueDocument]:
        async with database.service() as conn:
            leased = self.lease(conn, people)
        return leased.rows

    async def _write_each(self, database: Database, due: Sequence[DueDocument]) -> bool:
        """Write the documents together, or each by itself if one of them fails. Returns whether all are up to date.

        Raises `Unavailable` or `OperationalError` if a store is unreachable: the next tick tries again.
        """
        try:
            return await self._write(database, due)
        except Exception as error:
            if isinstance(error, Unavailable) or (len(due) == 1 and isinstance(error, psycopg.OperationalError)):
                raise
            if len(due) == 1:
                logs.failure("live_document_late", error)
                return False
        return all([await self._write_each(database, [document]) for document in due])

    async def _write(self, database: Database, due: Sequence[DueDocument]) -> bool:
        """Whether the documents are up to date: none was requested again meanwhile."""
        documents: list[StoredDocument] = []
        async with database.service() as conn:
            for person, name, _ in due:
                if len(due) > 1:  # the builder before may have left another role
                    set_role(conn, SERVICE_ROLE)
                if document := await self._builders[name](conn, person, utc_now()):
                    documents.append(StoredDocument(person, name, document.fields, document.expires_at))
        if documents:
            await services().live.put(documents)
        people, names, versions = map(list, zip(*due, strict=True))
        async with database.service() as conn:
            params = {"people": people, "names": names, "versions": versions}
            deleted = conn.queue(DELETE_WRITTEN, params)
        return len(deleted.rows) == len(due)
