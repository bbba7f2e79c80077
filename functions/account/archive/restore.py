"""Imports an archive into an account that has no data yet, in one transaction.

Ids stay as they are: every table that is imported has the person in its primary key, so references between rows hold,
also while the first account still exists.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel
from pydantic_core import from_json
from starlette.responses import Response

from functions.account.archive import queries
from functions.account.archive.export import ENTRIES, ZIP
from functions.account.archive.reader import MAX_BYTES, Archive
from functions.account.archive.tables import ArchivedTable, imported_tables, state_columns
from functions.account.errors import AccountNotEmpty
from functions.account.models import ImportedArchive
from shared import locks
from shared.events import emit
from shared.events.types import profile_changed
from shared.http import Call, LongCall, model_response
from shared.http.words import Words, first_words
from shared.pace import half_speed

BATCH_ROWS = 200  # storing them takes the event loop a few milliseconds
MAX_TEXT_ASSESSED = 200_000  # characters of the newest entries that the safety gate reads
MOST_ENTRIES_ASSESSED = 5_000


class ArchiveBody:
    """Reads a body that is an archive. The handler checks it."""

    media_types = (ZIP,)
    max_bytes = MAX_BYTES

    def read(self, content_type: str, body: bytes) -> bytes:  # noqa: ARG002 - part of the `BodyReader` protocol
        return body

    def models(self) -> tuple[type[BaseModel], ...]:
        return ()

    def schema(self, media_type: str, _: Callable[[type[BaseModel]], dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "string", "format": "binary", "description": "An archive from GET /export"}


async def import_account(call: LongCall[bytes]) -> Response:
    """Import an archive of yours into a new account. Sending the same archive again changes nothing."""
    await call.refuse_erased()
    archive = await asyncio.to_thread(Archive, call.body, call.services.sealer)
    result = await call.in_transaction(lambda transaction: _import(transaction, archive))
    words = await asyncio.to_thread(lambda: list(_newest_words(archive)))
    support = await call.services.support_desk.support(call.person, words, opens_care=not result.repeated)
    return model_response(result.model_copy(update={"support": support}))


async def _import(call: Call[bytes], archive: Archive) -> ImportedArchive:
    columns, stored, exported_hash = state_columns(), 0, archive.manifest.state_hash
    locks.lock(call.conn, "import", call.person.id)
    repeated = (
        await queries.was_imported(call.conn, exported_hash)
        or await queries.load_state_hash(call.conn, columns) == exported_hash
    )
    if not repeated:
        new = [table.name for table in imported_tables() if not table.existing]
        if await queries.has_own_rows(call.conn, new):
            raise AccountNotEmpty
        for table in imported_tables():
            stored += await _store(call, archive, table)
        queries.record_import(call.conn, exported_hash, call.now)
        # Live documents follow. Plans and what was learned are imported. So are sums, whose days are counted again when
        # somebody reads them, since their entries are new here.
        emit(call.conn, [profile_changed(call.person.id, call.now, fields=[])])
    state_hash = await queries.load_state_hash(call.conn, columns)
    return ImportedArchive(
        repeated=repeated,
        imported=stored,
        skipped=0 if repeated else archive.rows - stored,
        state_hash=state_hash,
        same_state=state_hash == exported_hash,
        support=None,
    )


async def _store(call: Call[bytes], archive: Archive, table: ArchivedTable) -> int:
    stored, replaces = 0, table.existing == "replace"
    batches = archive.batches(table, BATCH_ROWS)
    while batch := await asyncio.to_thread(next, batches, None):
        rows = await asyncio.to_thread(lambda batch: (b"[" + b",".join(batch) + b"]").decode(), batch)
        async with half_speed():
            stored += await queries.import_rows(call.conn, table.name, rows, table.left_out, replaces=replaces)
        replaces = False
    return stored


def _newest_words(archive: Archive) -> Iterator[Words]:
    """The texts of the newest check-ins, which the gate reads. Old ones open no care period."""
    [table] = [table for table in imported_tables() if table.name == ENTRIES]
    newest = [row for batch in archive.batches(table, BATCH_ROWS) for row in batch][-MOST_ENTRIES_ASSESSED:]
    words = (
        Words(text, {"id": entry["id"], "occurred_at": entry["occurred_at"]})
        for entry in map(from_json, reversed(newest))
        for text in (entry["note"] or "", *entry["factors"])
    )
    return first_words(words, MAX_TEXT_ASSESSED)
