"""Reads a table of measures: a line for each value, or a line for each day with one column for each measure."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from shared.csv_table import (
    MAX_VALUES,
    Encoding,
    ImportRefused,
    Table,
    TooManyValues,
    UnreadableLine,
    column_name,
    read_table,
)
from shared.diary_csv import UnreadableCell, read_cell
from shared.errors import RuleBroken, Sentence
from shared.measures import MeasuredValue, Spellings, measure_name, parse_value
from shared.written_dates import DateOrder, DateOrders, parse_date

OWN_COLUMNS = frozenset({"date", "name", "value"})
DATE = "date"
OLDEST = date(1901, 1, 1)
ANY_ORDER = DateOrders()


class UnknownTable(ImportRefused):
    """Your file has no columns date, name and value. Send other tables in a form, and name the columns in `columns`."""


class UnknownColumns(ImportRefused):
    """Map date, and the name of each measure, to names in the first line of your file."""


class MeasureFile(NamedTuple):
    values: list[MeasuredValue]  # of several for a name and day, the last
    rows: int
    unreadable: list[UnreadableLine]
    encoding: Encoding
    date_order: DateOrder | None  # of dates such as 03/04/2026, if there are any


TextsOf = Callable[[Mapping[str, str]], Iterator[tuple[str, str]]]  # the name and the text of each value of a line


def parse(content: bytes, columns: Mapping[str, str], today: date, orders: DateOrders = ANY_ORDER) -> MeasureFile:
    """The values of the file, and the reason for each line that cannot be read. Raises `ImportRefused`.

    `columns` maps `date` and names of measures to columns. It is empty for a table of date, name and value.
    """
    table = read_table(content)
    date_column, texts_of = _named_columns(table, columns) if columns else _own_columns(table)
    order = orders.of(line.cells.get(date_column, "") for line in table.lines)
    values: dict[tuple[str, date], MeasuredValue] = {}
    unreadable, spellings = list(table.unreadable), Spellings()
    for number, cells in table.lines:
        try:
            day = _read_day(cells.get(date_column, ""), order, today)
            line_values = [_read_value(spellings, name, day, text) for name, text in texts_of(cells)]
        except UnreadableCell as error:
            unreadable.append(UnreadableLine(number, error.sentence))
        else:
            values |= {(value.name, day): value for value in line_values}
        if len(values) > MAX_VALUES:
            raise TooManyValues
    rows = len(table.lines) + len(table.unreadable)
    faults = sorted(unreadable, key=attrgetter("line"))
    return MeasureFile([*values.values()], rows, faults, table.encoding, order)


def _own_columns(table: Table) -> tuple[str, TextsOf]:
    if not table.columns.issuperset(OWN_COLUMNS):
        raise UnknownTable
    return DATE, lambda cells: iter([(cells.get("name", "").strip(), cells.get("value", "").strip())])


def _named_columns(table: Table, named: Mapping[str, str]) -> tuple[str, TextsOf]:
    """A measure without a value on a day has an empty cell."""
    columns = {name: column_name(column) for name, column in named.items()}
    date_column = columns.pop(DATE, None)
    if date_column is None or not columns or not table.columns.issuperset({date_column, *columns.values()}):
        raise UnknownColumns

    def texts_of(cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for name, column in columns.items():
            if text := cells.get(column, "").strip():
                yield name, text

    return date_column, texts_of


def _read_value(spellings: Spellings, name: str, day: date, text: str) -> MeasuredValue:
    try:
        spelling = spellings.of(measure_name(name))
    except RuleBroken:
        sentence = Sentence("name must have up to 60 letters, digits, spaces, dots and hyphens")
        raise UnreadableCell(sentence) from None
    return MeasuredValue(spelling, day, read_cell({"value": text}, "value", parse_value))


def _read_day(text: str, order: DateOrder | None, today: date) -> date:
    """The day of a date, or of a date and a time. Raises `UnreadableCell`."""
    written = re.split("[T ]", text.strip())[0]
    day = read_cell({DATE: written}, DATE, lambda cell: parse_date(cell, order))
    if not OLDEST <= day <= today:
        raise UnreadableCell(Sentence("the date is before 1901 or in the future"))
    return day
