"""Exports a diary as CSV, page by page, so its size does not matter."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from functions.checkin import queries
from functions.checkin.queries import StoredEntry
from shared.diary_csv import HEADING, ExportEntry, csv_lines
from shared.http import Call, LongCall
from shared.pace import half_speed

PAGE_ROWS = 300  # loading them takes the event loop a few milliseconds
FIRST_PAGE_ROWS = 30
PAGE_BYTES = 256 * 1024  # fewer rows where entries are long
BEFORE_ALL = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))


async def diary_csv(call: LongCall) -> AsyncGenerator[bytes, None]:
    """The file, oldest entry first. Each page has its own transaction, so a slow reader holds no connection."""
    yield HEADING.encode()
    after, row_count = BEFORE_ALL, FIRST_PAGE_ROWS

    async def next_page(transaction: Call) -> list[StoredEntry]:
        return await queries.load_export_page(transaction.conn, after, row_count)

    while True:
        async with half_speed():
            entries = await call.in_transaction(next_page)
            page = await asyncio.to_thread(_lines, entries)
        if not entries:
            return
        yield page
        after = (entries[-1].occurred_at, entries[-1].id)
        row_count = max(1, min(PAGE_ROWS, PAGE_BYTES * len(entries) // len(page)))


def _lines(entries: Sequence[StoredEntry]) -> bytes:
    return csv_lines(
        ExportEntry(e.id, e.occurred_at, e.timezone, e.mood, e.intensity, e.note, tuple(e.factors)) for e in entries
    ).encode()
