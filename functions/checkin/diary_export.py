"""Taking one's diary away as a file that can be brought back. It is read page by page, however long it is."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from functions.checkin import queries
from functions.checkin.formats.own_csv import HEADING, ExportEntry, csv_lines
from functions.checkin.queries import StoredEntry
from shared.http import Call, LongCall

PAGE_ROWS = 1000
START = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))


async def diary_csv(call: LongCall) -> AsyncGenerator[bytes, None]:
    """The file, oldest entry first. Each page is a transaction of its own: a slow reader holds no connection."""
    yield HEADING.encode()
    place = START

    async def next_page(within: Call) -> list[StoredEntry]:
        return await queries.page_after(within.conn, place, PAGE_ROWS)

    while entries := await call.in_transaction(next_page):
        yield await asyncio.to_thread(_lines, entries)
        place = (entries[-1].occurred_at, entries[-1].id)


def _lines(entries: Sequence[StoredEntry]) -> bytes:
    return csv_lines(
        ExportEntry(e.id, e.occurred_at, e.timezone, e.mood, e.intensity, e.note, tuple(e.factors)) for e in entries
    ).encode()
