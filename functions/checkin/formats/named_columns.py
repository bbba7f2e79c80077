"""A line of any table whose columns the person has named."""

import re
from collections.abc import Mapping
from datetime import datetime, time

from functions.checkin.formats.diary import (
    BadColumns,
    EntryIds,
    LineEntry,
    Reader,
    check_note,
    factors_of,
    parse_name,
)
from shared.csv_table import Table, column_name
from shared.diary_csv import INTENSITIES, read_cell
from shared.measures import MAX_MEASURES, parse_value, readable_name
from shared.written_dates import DateOrder, parse_date, parse_time

FIELDS = frozenset({"date", "time", "mood", "intensity", "note", "factors"})
REQUIRED = frozenset({"date", "mood"})
SEPARATOR = re.compile(r"[|;,]")
NO_TIME = time(12)


def reader(table: Table, named: Mapping[str, str], order: DateOrder | None) -> Reader:
    """Each name that is no field is one of a measure.

    Raises `BadColumns` for columns that the table does not have, and for measures whose column has no number.
    """
    columns = {field: column_name(name) for field, name in named.items()}
    measures = sorted(columns.keys() - FIELDS)
    if not columns.keys() >= REQUIRED or not table.columns.issuperset(columns.values()) or len(measures) > MAX_MEASURES:
        raise BadColumns
    if not all(readable_name(name) and _has_number(table, columns[name]) for name in measures):
        raise BadColumns
    ids = EntryIds()

    def read_line(cells: Mapping[str, str]) -> LineEntry:
        fields = {field: cells.get(column, "").strip() for field, column in columns.items()}
        when = read_cell(fields, "date", lambda text: _parse_moment(text, order))
        if fields.get("time"):
            when = datetime.combine(when, read_cell(fields, "time", parse_time))
        mood_name = read_cell(fields, "mood", parse_name)
        intensity = read_cell(fields, "intensity", lambda text: INTENSITIES[text] if text else None)
        factors = factors_of(SEPARATOR.split(fields.get("factors", "")))
        note = check_note(fields.get("note"))
        numbers = {name: fields[name] for name in measures if fields[name]}
        return LineEntry(ids.next(when, mood_name), when, mood_name, intensity, note, factors, numbers)

    return read_line


def _has_number(table: Table, column: str) -> bool:
    for _, cells in table.lines:
        try:
            parse_value(cells.get(column, "").strip())
        except ValueError:
            continue
        return True
    return False


def _parse_moment(text: str, order: DateOrder | None) -> datetime:
    """A date, or a date and a time. A zone is ignored: what counts is the wall time that the person saw."""
    day, _, clock = text.replace("T", " ").partition(" ")
    clock = re.sub(r"(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?$", "", clock.strip())
    return datetime.combine(parse_date(day, order), parse_time(clock) if clock else NO_TIME)
