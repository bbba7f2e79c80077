"""Reads a diary from a file: an export of Daylio, How We Feel, Bearable, Day One or Mend, or any other table."""

import codecs
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from functions.checkin.formats import bearable, day_one, daylio, how_we_feel, named_columns
from functions.checkin.formats.diary import (
    NO_MAPPING,
    Diary,
    LineEntry,
    Reader,
    UnknownFormat,
    check_factors,
    check_note,
    read_diary,
)
from functions.checkin.formats.mood_names import MoodNames
from shared.csv_table import Table, TableLine, column_name, read_table
from shared.diary_csv import OWN_COLUMNS, read_entry
from shared.written_dates import DateOrder, DateOrders

ANY_ORDER = DateOrders()
FORMATS: tuple[tuple[frozenset[str], Callable[[Sequence[TableLine], MoodNames], Reader]], ...] = (
    (how_we_feel.COLUMNS, how_we_feel.reader),
    (bearable.COLUMNS, bearable.reader),
)


def parse(
    data: bytes,
    mapping: Mapping[str, str] = NO_MAPPING,
    columns: Mapping[str, str] = NO_MAPPING,
    orders: DateOrders = ANY_ORDER,
    locale: str | None = None,
) -> Diary:
    """The entries of the file, the mood names that need a mapping, and the reason for each unreadable line.

    Raises `ImportRefused`.
    """
    moods = MoodNames(mapping, locale)
    if data.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"{":
        lines = day_one.read_lines(data)
        return read_diary(lines, (), day_one.reader(lines, moods), moods)
    table = read_table(data)
    dates = column_name(columns.get("date", "")) if columns else daylio.DATE
    order = orders.of(line.cells.get(dates, "") for line in table.lines)
    diary = read_diary(table.lines, table.unreadable, _reader(table, columns, moods, order), moods)
    return replace(diary, date_order=order, encoding=table.encoding)


def _reader(table: Table, columns: Mapping[str, str], moods: MoodNames, order: DateOrder | None) -> Reader:
    if columns:
        return named_columns.reader(table, columns, order)
    if table.columns.issuperset(daylio.COLUMNS.union(OWN_COLUMNS)):
        return _read_own_line
    if table.columns.issuperset(daylio.COLUMNS):
        return daylio.reader(order)
    for format_columns, reader in FORMATS:
        if table.columns.issuperset(format_columns):
            return reader(table.lines, moods)
    raise UnknownFormat


def _read_own_line(cells: Mapping[str, str]) -> LineEntry:
    entry = read_entry(cells)
    note, factors = check_note(entry.note), check_factors(entry.factors)
    return LineEntry(entry.id, entry.occurred_at, entry.mood, entry.intensity, note, factors)
