"""Imports measures from a table of another app or of a spreadsheet."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from functions.insights import figures
from functions.insights.measures import measure_file
from functions.insights.measures.measure_file import MeasureFile, UnknownColumns
from functions.insights.measures.models import MeasureImport
from shared import measures
from shared.csv_table import ImportRefused
from shared.errors import Fault
from shared.http import Call, LongCall
from shared.http.line_errors import told_lines
from shared.http.multipart import FORM
from shared.http.uploads import CSV, ImportQuery, UnreadableImport, read_upload
from shared.http.words import Words
from shared.stale_insights import mark_stale
from shared.written_dates import DateOrders, usual_order

MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class MeasureTable:
    content: bytes
    columns: Mapping[str, str]  # by name of the measure, and of `date`


class MeasureTableBody:
    """Reads a body that is a CSV, or a form with `file` and, as a JSON object, optional `columns`."""

    media_types = (CSV, FORM)
    max_bytes = MAX_BYTES

    def read(self, content_type: str, body: bytes) -> MeasureTable:
        upload = read_upload(content_type, body, "columns")
        return MeasureTable(upload.content, upload.strings["columns"])

    def models(self) -> tuple[type[BaseModel], ...]:
        return ()

    def schema(self, media_type: str, _: Callable[[type[BaseModel]], dict[str, Any]]) -> dict[str, Any]:
        if media_type == CSV:
            return {"type": "string", "description": "A table with the columns date, name and value"}
        file = {"type": "string", "format": "binary"}
        columns = {
            "type": "string",
            "description": "JSON that names the column of the date and of each measure in another table, such as "
            '{"date": "Day", "Sleep": "Hours asleep"}',
        }
        return {"type": "object", "required": ["file"], "properties": {"file": file, "columns": columns}}


async def import_measures(call: LongCall[MeasureTable, ImportQuery]) -> MeasureImport:
    """Import the table, or only count with `dry_run`. Raises `UnreadableImport` or `MeasuresFull`."""
    profile = await call.in_transaction(figures.load_profile)
    orders = DateOrders(call.query.date_order, usual_order(profile.locale))
    today = profile.clock.today(call.now)
    try:
        file = await asyncio.to_thread(measure_file.parse, call.body.content, call.body.columns, today, orders)
    except UnknownColumns as error:
        raise UnreadableImport(str(error), faults=[Fault(("body", "columns"), str(error))]) from None
    except ImportRefused as error:
        raise UnreadableImport(str(error)) from None
    result = await call.in_transaction(lambda transaction: _store(transaction, file))
    words = map(Words, {value.name for value in file.values})
    support = await call.services.support_desk.support(call.person, words, opens_care=not call.query.dry_run)
    return result.model_copy(update={"support": support})


async def _store(call: Call[MeasureTable, ImportQuery], file: MeasureFile) -> MeasureImport:
    dry_run = call.query.dry_run
    if not dry_run:
        mark_stale(call.conn, call.person.id, call.now)
    names, counts = await measures.store(call.conn, call.person.id, file.values, dry_run=dry_run)
    return MeasureImport(
        rows=file.rows,
        measures=names,
        imported=counts.new,
        replaced=counts.changed,
        unchanged=len(file.values) - sum(counts),
        errors=await told_lines(call, file.unreadable),
        errors_total=len(file.unreadable),
        date_order=file.date_order,
        encoding=file.encoding,
    )
