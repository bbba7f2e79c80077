"""Exports everything held on a person as one ZIP, from one snapshot of the database."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import time
from typing import Any

from pydantic_core import from_json, to_json
from starlette.responses import Response

from functions.account.archive import contents, queries
from functions.account.archive.manifest import NAME, Manifest
from functions.account.archive.page import ArchivePage
from functions.account.archive.page_sections import SECTIONS, PageSection, RowContext
from functions.account.archive.tables import exported_tables, load_tables, state_columns
from functions.account.archive.zip_stream import Piece, ZipStream
from functions.account.errors import ExportRunning, TooManyExports
from functions.account.privacy.art15 import art15
from functions.account.safety_plan_texts import SAFETY_PLAN_TEXTS
from shared.clock import zone
from shared.db import Connection, Statement, claims_role
from shared.diary_csv import HEADING
from shared.files.categories import CATEGORIES
from shared.files.port import FileNotStored, path_of
from shared.http import Call, LongCall, Stream
from shared.http.fresh_sign_in import require_fresh_sign_in
from shared.people import Clock

ZIP = "application/zip"
EXPORTS_A_DAY = 10
SECONDS = 120  # the transaction of the snapshot lasts as long as the caller reads
PICTURE_PIECE = 256 * 1024
PROFILE, ENTRIES, SAFETY_PLAN = "public.user_profiles", "public.mood_entries", "public.safety_plans"
PLANS, PLAN_DAYS, ACTIVITIES = "public.elevation_plans", "public.plan_days", "public.plan_activities"
CONVERSATIONS, FILES = "public.conversations", "mend.files"
ORDERS = {table.name: table.order for table in load_tables()}

SNAPSHOT = Statement("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", {})

Row = dict[str, Any]


async def export_account(call: LongCall) -> Response:
    """Download everything held on you as a ZIP. Sign in again first. You can export ten times a day."""
    await call.in_transaction(_begin)
    call.services.sealer  # noqa: B018 - a missing key is told before the first byte
    archive = _archive(call)
    first = await anext(archive)  # raises what the snapshot's first statements raise
    headers = {"Content-Disposition": f'attachment; filename="mend-{call.now:%Y-%m-%d}.zip"'}
    return Stream(_continued(first, archive), ZIP, headers)


async def _begin(call: Call) -> None:
    await require_fresh_sign_in(call.conn, call.person)
    if not await queries.begin_export(call.conn, EXPORTS_A_DAY, call.now):
        raise TooManyExports


async def _continued(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(rest):
        yield first
        async for part in rest:
            yield part


async def _archive(call: LongCall) -> AsyncGenerator[bytes, None]:
    async with call.services.database.transaction(SNAPSHOT, claims_role(call.person.claims)) as conn:
        if not await queries.try_lock(conn):
            raise ExportRunning(headers={"Retry-After": "5"})
        archive = ZipStream(call.now)
        async for part in _Snapshot(call, conn).write(archive):
            yield part
        columns = state_columns()
        manifest = Manifest(
            exported_at=call.now,
            state_hash=await queries.load_state_hash(conn, columns),
            files=archive.files,
        ).sealed(call.services.sealer)
        async for part in archive.add(NAME, _whole(manifest.model_dump_json(indent=1).encode())):
            yield part
        yield archive.end()


class _Snapshot:
    """The rows of a person as the transaction sees them."""

    def __init__(self, call: LongCall, conn: Connection) -> None:
        self._call = call
        self._conn = conn

    async def write(self, archive: ZipStream) -> AsyncIterator[bytes]:
        """Write all files but the manifest."""
        for name, pieces in self._files():
            async for part in archive.add(name, pieces):
                yield part
        if activities := [row async for row in self._each(ACTIVITIES)]:  # a calendar without any would be no valid one
            async for part in archive.add("plans.ics", self._calendar(activities)):
                yield part
        async for row in self._each(FILES):
            if row["state"] == "complete" and (content := await self._content(row)) is not None:
                name = contents.file_name(row["category"], row["id"], row["media_type"])
                async for part in archive.add(name, _split(content), is_text=False):
                    yield part
        async for part in archive.add("index.html", self._page(archive)):
            yield part

    def _files(self) -> list[tuple[str, AsyncIterator[Piece]]]:
        return [
            ("data/sign-in.json", self._sign_in()),
            *((table.file, self._json(table.name)) for table in exported_tables()),
            ("check-ins.csv", self._check_ins()),
            ("about.json", self._about()),
        ]

    async def _batches(self, table: str, order: str | None = None) -> AsyncIterator[list[str]]:
        queries.open_own_rows(self._conn, table, order or ORDERS[table])
        while rows := await queries.fetch_own_rows(self._conn):
            yield rows

    async def _parsed(self, table: str, order: str | None = None) -> AsyncIterator[list[Row]]:
        async for rows in self._batches(table, order):
            yield await asyncio.to_thread(lambda batch: [from_json(row) for row in batch], rows)

    async def _each(self, table: str) -> AsyncIterator[Row]:
        """The rows of a table that has few: other tables are read between them."""
        for row in [row async for rows in self._parsed(table) for row in rows]:
            yield row

    async def _sign_in(self) -> AsyncIterator[Piece]:
        yield Piece((await queries.load_sign_in(self._conn)).encode(), 1)

    async def _json(self, table: str) -> AsyncIterator[Piece]:
        """An array with a row on each line."""
        separator = "["
        async for rows in self._batches(table):
            yield Piece((separator + "\n" + ",\n".join(rows)).encode(), len(rows))
            separator = ","
        yield Piece(b"[]\n" if separator == "[" else b"\n]\n")

    async def _check_ins(self) -> AsyncIterator[Piece]:
        yield Piece(HEADING.encode())
        async for rows in self._parsed(ENTRIES):
            yield Piece(await asyncio.to_thread(contents.csv, rows), len(rows))

    async def _calendar(self, activities: list[Row]) -> AsyncIterator[Piece]:
        plans, days = [[row async for row in self._each(table)] for table in (PLANS, PLAN_DAYS)]
        clock = _clock(await self._profile())
        yield Piece(await asyncio.to_thread(contents.calendar, plans, days, activities, clock), len(activities))

    async def _content(self, row: Row) -> bytes | None:
        """The content of a file, or None if the store no longer has it."""
        category, path = CATEGORIES[row["category"]], path_of(self._call.person.id, row["id"])
        try:
            return (await self._call.services.files.read(category.name, path, category.max_bytes)).body
        except FileNotStored:
            return None

    async def _page(self, archive: ZipStream) -> AsyncIterator[Piece]:
        profile = await self._profile()
        language = self._language(profile)
        titles = {row["id"]: row["title"] async for row in self._each(CONVERSATIONS)}
        dates = {(row["plan_id"], row["day"]): row["local_date"] async for row in self._each(PLAN_DAYS)}
        page = ArchivePage(language, self._call.now, RowContext(_clock(profile), titles, dates))
        plans = [row async for row in self._each(SAFETY_PLAN)]
        yield Piece(page.head(profile, plans[0]["contents"] if plans else {}))
        for section in SECTIONS:
            if not archive.files[f"data/{section.table}.json"].rows:
                yield Piece(page.without(section))
                continue
            yield Piece(page.begin(section))
            async for rows in self._of_section(section):
                yield Piece(await asyncio.to_thread(page.lines, section, rows))
            yield Piece(page.end())
        yield Piece(page.foot(archive.files, art15(language)["activities"]))

    async def _of_section(self, section: PageSection) -> AsyncIterator[list[Row]]:
        if section.order is None:
            yield [row async for row in self._each(section.table)]
            return
        async for rows in self._parsed(section.table, section.order):
            yield rows

    async def _about(self) -> AsyncIterator[Piece]:
        yield Piece(to_json(art15(self._language(await self._profile())), indent=1))

    def _language(self, profile: Row) -> str:
        return SAFETY_PLAN_TEXTS.code(profile.get("locale", "en"), self._call.headers.get("accept-language"))

    async def _profile(self) -> Row:
        return next(iter([row async for row in self._each(PROFILE)]), {})


def _clock(profile: Row) -> Clock:
    return Clock(zone(profile.get("timezone", "UTC")), time.fromisoformat(profile.get("day_starts_at", "00:00")))


async def _whole(content: bytes) -> AsyncIterator[Piece]:
    yield Piece(content)


async def _split(content: bytes) -> AsyncIterator[Piece]:
    for start in range(0, len(content), PICTURE_PIECE):
        yield Piece(content[start : start + PICTURE_PIECE])
