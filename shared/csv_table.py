"""Reads a CSV as phones and spreadsheets of any language write it."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, NamedTuple, TypeAlias
from unicodedata import normalize

from shared.errors import Sentence

Encoding: TypeAlias = Literal["utf-8", "utf-16", "windows-1252"]

MAX_LINES = 20_000
MAX_VALUES = 50_000
MAX_HEADING = 10_000
# Strings, which `re` compiles and caches on first use: compiling them here would make the import ten times as long.
NOT_TEXT = "[\0\ud800-\udfff]"
NO_UTF8 = "[\ud800-\udfff]"
NOT_ASCII = "[\x80-\ud7ff\ue000-\U0010ffff]"
# What Windows-1252 makes of texts in other old encodings: signs of Mac Roman, Icelandic letters of Turkish, signs amid
# letters of Central European languages, and four accented letters in a row of other scripts.
NOT_WESTERN = r"[ŠšŽžŸƒˆ†‡\u02dc‰\u2039\u203aÐðÝýÞþ]|[^\W\d_][¡-¦¨-±²³µ¶\u00b8¹º¼-¿][^\W\d_]|[À-ÖØ-öø-ÿ]{4}"


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


class NotUtf8(ImportRefused):
    """Your file is not text in UTF-8. Save it as "CSV UTF-8", then import it again."""


class TableLine(NamedTuple):
    number: int
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    line: int
    reason: Sentence


class Table(NamedTuple):
    columns: frozenset[str]
    lines: list[TableLine]
    unreadable: list[UnreadableLine]
    encoding: Encoding


def read_table(data: bytes) -> Table:
    """The lines by column. Raises `NoText`, `NotUtf8` or `TooManyLines`."""
    decoded, encoding = decode(data)
    text = io.StringIO(decoded, newline="")
    heading = text.readline(MAX_HEADING)
    delimiter = max(",;\t", key=heading.count)
    columns = [column_name(name) for name in heading.replace('"', "").split(delimiter)]
    read = list(islice(_read_lines(text, delimiter, columns), MAX_LINES + 1))
    if len(read) > MAX_LINES:
        raise TooManyLines
    lines = [line for line in read if isinstance(line, TableLine)]
    return Table(frozenset(columns), lines, [line for line in read if isinstance(line, UnreadableLine)], encoding)


def column_name(text: str) -> str:
    return "_".join(normalize("NFKC", text).lower().split())


def decode(data: bytes) -> tuple[str, Encoding]:
    """The text and its encoding. Raises `NoText` or `NotUtf8`.

    In UTF-8, a byte that is none becomes a lone surrogate, which makes only its own line unreadable.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            raise NoText from None
    text = data.decode("utf-8-sig", "surrogateescape")
    if data.startswith(codecs.BOM_UTF8) or _count(NO_UTF8, text) <= _count(NOT_ASCII, text):
        return text, "utf-8"
    return _western(data), "windows-1252"


def _count(signs: str, text: str) -> int:
    return len(text) - len(re.sub(signs, "", text))


def _western(data: bytes) -> str:
    """The text of a file as Excel saves it in Western Europe. Raises `NotUtf8` if it looks like another encoding."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise NotUtf8 from None
    if re.search(NOT_WESTERN, text):
        raise NotUtf8
    return text


def _read_lines(text: io.StringIO, delimiter: str, columns: list[str]) -> Iterator[TableLine | UnreadableLine]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 2  # counted from 1, after the heading
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield UnreadableLine(number, Sentence("a quote is not closed or not doubled, or a cell is far too long"))
            continue
        if re.search(NOT_TEXT, "".join(cells)):
            yield UnreadableLine(number, Sentence("the line contains a NUL or a byte that is not UTF-8"))
        elif any(cells[len(columns) :]):
            yield UnreadableLine(number, Sentence("the line has more cells than the heading"))
        elif any(map(str.strip, cells)):
            yield TableLine(number, dict(zip(columns, cells, strict=False)))
