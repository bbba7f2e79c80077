"""Bringing a diary along, from Daylio or from an export of ours."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel

from functions.checkin import queries, streaks
from functions.checkin.check_in import NEVER_EDITED
from functions.checkin.errors import UnreadableImport
from functions.checkin.formats import daylio
from functions.checkin.models import Imported, ImportQuery, LineFault
from functions.checkin.queries import Context
from shared.clock import at_wall_time, local_day, zone
from shared.errors import Fault
from shared.events import emit
from shared.events.types import mood_changed
from shared.http import Call, LongCall
from shared.http.fields import MOST_AHEAD
from shared.http.multipart import FORM, read_form

CSV = "text/csv"
MOST_BYTES = 8 * 1024 * 1024  # ten years of a talkative diary
OLDEST = datetime(1901, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class DiaryFile:
    content: bytes
    mapping: Mapping[str, str]


class DiaryUpload:
    """A CSV as the body, or a form with it as `file` and, for custom mood names, a JSON object as `mapping`."""

    media_types = (CSV, FORM)
    max_bytes = MOST_BYTES

    def read(self, content_type: str, body: bytes) -> DiaryFile:
        if not content_type.lower().startswith(FORM):
            return DiaryFile(body, {})
        form = read_form(content_type, body)
        if "file" not in form:
            raise UnreadableImport(faults=[Fault(("body", "file"), "The form has no part of this name.")])
        return DiaryFile(form["file"], _mapping(form.get("mapping", b"{}")))

    def models(self) -> tuple[type[BaseModel], ...]:
        return ()

    def schema(self, media_type: str, _: Callable[[type[BaseModel]], dict[str, Any]]) -> dict[str, Any]:
        if media_type == CSV:
            return {"type": "string", "description": "A Daylio CSV export, or one of GET /export.csv"}
        file = {"type": "string", "format": "binary"}
        mapping = {"type": "string", "description": 'JSON, such as {"Blah": "bored", "Meh": "okay:4"}'}
        return {"type": "object", "required": ["file"], "properties": {"file": file, "mapping": mapping}}


def _mapping(text: bytes) -> dict[str, str]:
    try:
        mapping = json.loads(text)
        if isinstance(mapping, dict) and all(isinstance(value, str) for value in mapping.values()):
            return mapping
    except (ValueError, RecursionError):
        pass
    raise UnreadableImport(faults=[Fault(("body", "mapping"), "Must be a JSON object of texts.")])


async def import_diary(call: LongCall[DiaryFile, ImportQuery]) -> Imported:
    try:
        parsed = await asyncio.to_thread(daylio.parse, call.body.content, call.body.mapping)
    except (daylio.NotADaylioExport, daylio.BadMapping) as error:
        raise UnreadableImport(str(error)) from None
    return await call.in_transaction(lambda within: _import(within, parsed))


async def _import(call: Call[DiaryFile, ImportQuery], parsed: daylio.Parsed) -> Imported:
    context = await queries.context(call.conn, call.now)
    rows, errors = await asyncio.to_thread(_rows, parsed, context, call.now, call.person.id)
    ids = list(rows)
    if call.query.dry_run:
        there = await queries.recorded(call.conn, ids) | await queries.deleted(call.conn, ids)
        new = len(rows) - len(there)
    else:
        new = await _store(call, context, list(rows.values()))
    return Imported(
        rows=parsed.total,
        imported=new,
        duplicates=len(parsed.rows) - len(errors) - new,
        unmapped_moods=parsed.unmapped_moods,
        errors=sorted([*_faults(parsed), *errors], key=lambda fault: fault.line),
    )


def _faults(parsed: daylio.Parsed) -> list[LineFault]:
    return [LineFault(line=error.line, msg=error.msg) for error in parsed.errors]


def _rows(
    parsed: daylio.Parsed, context: Context, now: datetime, person: UUID
) -> tuple[dict[UUID, dict[str, object]], list[LineFault]]:
    rows: dict[UUID, dict[str, object]] = {}
    errors: list[LineFault] = []
    for row in parsed.rows:
        try:
            made = _row(row, context, now, person)
            rows[UUID(str(made["id"]))] = made
        except (ValueError, OverflowError):
            errors.append(LineFault(line=row.line, msg="the date lies before 1901 or in the future"))
    return rows, errors


def _row(row: daylio.ImportedRow, context: Context, now: datetime, person: UUID) -> dict[str, object]:
    here = zone(context.timezone)
    moment = row.when if row.when.tzinfo else at_wall_time(row.when.date(), row.when.time(), here)
    there = zone(str(row.when.tzinfo)) if row.when.tzinfo else here
    if not OLDEST < moment < now + MOST_AHEAD:
        raise ValueError
    return {
        # Daylio's rows get an id that tells nobody else the minute and the mood it is made from.
        "id": str(row.id if row.when.tzinfo else uuid5(person, str(row.id))),
        "mood": row.mood,
        "intensity": row.intensity,
        "note": row.note,
        "factors": row.factors,
        "occurred_at": moment.astimezone(UTC).isoformat(),
        "timezone": there.key,
        "local_date": local_day(min(moment, now), there, context.day_starts_at).isoformat(),
        "edited_at": NEVER_EDITED.isoformat(),
    }


async def _store(call: Call[DiaryFile, ImportQuery], context: Context, rows: list[dict[str, object]]) -> int:
    merged = await queries.merge(call.conn, rows, "import")
    if merged:
        await streaks.keep_recounted(call, context)
        emit(call.conn, [mood_changed(call.person.id, call.now)])
    return len(merged)
