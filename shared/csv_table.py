"""Reads a CSV as phones and spreadsheets of any language write it."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

MAX_LINES = 20_000
MAX_VALUES = 50_000
MAX_HEADING = 10_000
NOT_TEXT = re.compile("[\0\ud800-\udfff]")


class ImportRefused(ValueError):
    """An error whose docstring is its message."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class TooManyLines(ImportRefused):
    """Your file has more than 20,000 lines. Import it in parts."""


class TooManyValues(ImportRefused):
    """Your file has more than 50,000 values. Import it in parts."""


class NoText(ImportRefused):
    """Your file begins like text in UTF-16 and is none."""


class TableLine(NamedTuple):
    number: int
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    line: int
    reason: str


class Table(NamedTuple):
    columns: frozenset[str]
    lines: list[TableLine]
    unreadable: list[UnreadableLine]


def read_table(data: bytes) -> Table:
    """The lines by column. Raises `NoText` or `TooManyLines`."""
    text = io.StringIO(decode(data), newline="")
    heading = text.readline(MAX_HEADING)
    delimiter = max(",;\t", key=heading.count)
    columns = [column_name(name) for name in heading.replace('"', "").split(delimiter)]
    read = list(islice(_read_lines(text, delimiter, columns), MAX_LINES + 1))
    if len(read) > MAX_LINES:
        raise TooManyLines
    lines = [line for line in read if isinstance(line, TableLine)]
    return Table(frozenset(columns), lines, [line for line in read if isinstance(line, UnreadableLine)])


def column_name(text: str) -> str:
    return "_".join(text.lower().split())


def decode(data: bytes) -> str:
    """The text. A byte that is not UTF-8 becomes a lone surrogate, which makes only its own line unreadable."""
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16") if utf16 else data.decode("utf-8-sig", "surrogateescape")
    except UnicodeDecodeError:
        raise NoText from None


def _read_lines(text: io.StringIO, delimiter: str, columns: list[str]) -> Iterator[TableLine | UnreadableLine]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 2  # counted from 1, after the heading
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield UnreadableLine(number, "a quote is not closed or not doubled, or a cell is far too long")
            continue
        if NOT_TEXT.search("".join(cells)):
            yield UnreadableLine(number, "the line contains a NUL or a byte that is not UTF-8")
        elif any(cells[len(columns) :]):
            yield UnreadableLine(number, "the line has more cells than the heading")
        elif any(map(str.strip, cells)):
            yield TableLine(number, dict(zip(columns, cells, strict=False)))
