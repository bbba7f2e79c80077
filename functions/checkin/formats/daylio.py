"""Reads a Daylio CSV export, or one of Mend's own, as phones and spreadsheets of any language write it."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID, uuid5

from functions.checkin.formats.own_csv import INTENSITIES, OWN_COLUMNS, UnreadableCell, read_cell, read_entry
from functions.checkin.models import MAX_FACTOR, MAX_FACTORS, MAX_NOTE
from shared.moods import MOODS

MAX_LINES = 20_000  # about fifteen years of four entries a day
MAX_MOOD_NAME = 80
MAX_HEADING = 10_000
NOON = 12
MONTHS = range(1, 13)
DAYS_AFTER_12 = range(13, 32)
REQUIRED_COLUMNS = {"full_date", "time", "mood"}
ID_NAMESPACE = UUID("5b1f7f0e-6f0c-4c53-9d4e-3c1c0d7c6a52")
NO_MAPPING: Mapping[str, str] = MappingProxyType({})

YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\s*([ap])\.?\s?m\.?)?", re.IGNORECASE)
LINE_BREAK = re.compile(r"\r\n?|<br\s*/?>", re.IGNORECASE)
NOT_TEXT = re.compile("[\0\ud800-\udfff]")


class _FileRefused(ValueError):
    """An error whose docstring is its message."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NotADaylioExport(_FileRefused):
    """Your file is not a Daylio or Mend export. Its first line must name full_date, time and mood."""


class TooManyLines(_FileRefused):
    """Your file has more than 20,000 lines. Import it in parts."""


class BadMapping(_FileRefused):
    """Map each mood to one of Mend's, alone or with an intensity from 1 to 10, such as "bored" or "bored:7"."""


@dataclass(frozen=True, slots=True)
class DiaryEntry:
    """A check-in to import.

    `when` is a wall time without a zone in a Daylio export, and an instant with its zone in Mend's own.
    """

    line: int
    id: UUID
    when: datetime
    mood: str
    intensity: int
    note: str | None
    factors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Diary:
    entries: list[DiaryEntry]
    total: int
    unmapped_moods: dict[str, int]  # how many lines have each name
    unreadable: list[UnreadableLine]


class _MappedMood(NamedTuple):
    mood: str
    intensity: int = 5


class _Line(NamedTuple):
    number: int
    cells: Mapping[str, str]


class _LineEntry(NamedTuple):
    """An entry before its mood is mapped. Daylio gives no intensity."""

    id: UUID
    when: datetime
    mood_name: str
    intensity: int | None
    note: str | None
    factors: tuple[str, ...]


DAYLIO_MOODS = {
    "rad": _MappedMood("joyful", 8),
    "good": _MappedMood("happy", 6),
    "meh": _MappedMood("okay", 5),
    "bad": _MappedMood("sad", 6),
    "awful": _MappedMood("sad", 9),
}


def parse(data: bytes, mapping: Mapping[str, str] = NO_MAPPING) -> Diary:
    """The entries of the file, the mood names that need a mapping, and the reason for each unreadable line.

    Raises `NotADaylioExport`, `TooManyLines` or `BadMapping`.
    """
    moods = _mapped_moods(mapping)
    columns, lines = _read_table(data)
    readable = [line for line in lines if isinstance(line, _Line)]
    unreadable = [line for line in lines if isinstance(line, UnreadableLine)]
    read_line = _read_own_line if columns.issuperset(OWN_COLUMNS) else _daylio_reader(readable)
    entries: list[DiaryEntry] = []
    unmapped: Counter[str] = Counter()
    spellings: dict[str, str] = {}
    for number, cells in readable:
        try:
            id_, when, mood_name, intensity, note, factors = read_line(cells)
        except UnreadableCell as error:
            unreadable.append(UnreadableLine(number, str(error)))
            continue
        if mapped := moods.get(mood_name.casefold()):
            intensity = intensity or mapped.intensity
            entries.append(DiaryEntry(number, id_, when, mapped.mood, intensity, note, factors))
        else:
            unmapped[spellings.setdefault(mood_name.casefold(), mood_name)] += 1
    return Diary(entries, len(lines), dict(unmapped), sorted(unreadable, key=attrgetter("line")))


def _mapped_moods(mapping: Mapping[str, str]) -> Mapping[str, _MappedMood]:
    own_names = {name: _MappedMood(name) for name in MOODS}
    custom = {name.strip().casefold(): _parse_mapped_mood(text) for name, text in mapping.items()}
    return own_names | DAYLIO_MOODS | custom


def _parse_mapped_mood(text: str) -> _MappedMood:
    mood, colon, intensity = text.strip().casefold().partition(":")
    if mood not in MOODS or (colon and intensity not in INTENSITIES):
        raise BadMapping
    return _MappedMood(mood, INTENSITIES[intensity]) if colon else _MappedMood(mood)


def _read_table(data: bytes) -> tuple[set[str], list[_Line | UnreadableLine]]:
    text = io.StringIO(_decode(data), newline="")
    heading = text.readline(MAX_HEADING)
    delimiter = max(",;", key=heading.count)
    columns = ["_".join(name.lower().split()) for name in heading.replace('"', "").split(delimiter)]
    if not REQUIRED_COLUMNS.issubset(columns):
        raise NotADaylioExport
    lines = list(islice(_read_lines(text, delimiter, columns), MAX_LINES + 1))
    if len(lines) > MAX_LINES:
        raise TooManyLines
    return set(columns), lines


def _decode(data: bytes) -> str:
    """The text. A byte that is not UTF-8 becomes a lone surrogate, which makes only its own line unreadable."""
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16") if utf16 else data.decode("utf-8-sig", "surrogateescape")
    except UnicodeDecodeError:
        raise NotADaylioExport from None


def _read_lines(text: io.StringIO, delimiter: str, columns: list[str]) -> Iterator[_Line | UnreadableLine]:
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
            yield _Line(number, dict(zip(columns, cells, strict=False)))


def _read_own_line(cells: Mapping[str, str]) -> _LineEntry:
    entry = read_entry(cells)
    note, factors = _check_length(entry.note), _check_factors(entry.factors)
    return _LineEntry(entry.id, entry.occurred_at, entry.mood, entry.intensity, note, factors)


def _daylio_reader(lines: Iterable[_Line]) -> Callable[[Mapping[str, str]], _LineEntry]:
    month_first = _is_month_first(line.cells.get("full_date", "") for line in lines)
    counts: Counter[tuple[datetime, str]] = Counter()

    def read_line(cells: Mapping[str, str]) -> _LineEntry:
        day = read_cell(cells, "full_date", lambda text: _parse_date(text.strip(), month_first=month_first))
        when = datetime.combine(day, read_cell(cells, "time", _parse_time))
        mood_name = read_cell(cells, "mood", _parse_name)
        # The id depends on the minute and the mood alone, so a note or activity that is edited in Daylio does not
        # make a second entry when the file is imported again. The count distinguishes equal entries.
        key = when, mood_name.casefold()
        counts[key] += 1
        id_ = uuid5(ID_NAMESPACE, f"{when.isoformat()} {mood_name.casefold()} {counts[key]}")
        factors = _check_factors(read_cell(cells, "activities", _parse_activities))
        return _LineEntry(id_, when, mood_name, None, _note(cells), factors)

    return read_line


def _is_month_first(dates: Iterable[str]) -> bool:
    """True if some dates can only be month first and none can only be day first. Daylio writes the day first."""
    matches = filter(None, (YEAR_LAST.fullmatch(text.strip()) for text in dates))
    pairs = [(int(match[1]), int(match[2])) for match in matches]
    month_first = any(first in MONTHS and second in DAYS_AFTER_12 for first, second in pairs)
    return month_first and not any(first in DAYS_AFTER_12 and second in MONTHS for first, second in pairs)


def _parse_date(text: str, *, month_first: bool) -> date:
    if match := YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, match.groups())
    elif match := YEAR_LAST.fullmatch(text):
        day, month, year = map(int, match.group(2, 1, 3) if month_first else match.groups())
    else:
        raise ValueError("not a date")
    return date(year, month, day)


def _parse_time(text: str) -> time:
    match = TIME.fullmatch(text.strip())
    if not match:
        raise ValueError("not a time")
    hour, minute, second = (int(digits or 0) for digits in match.group(1, 2, 3))
    if half := match[4]:
        if hour > NOON:
            raise ValueError("not a time on a 12-hour clock")
        hour = hour % NOON + NOON * (half in "pP")
    return time(hour, minute, second)


def _parse_name(text: str) -> str:
    if not 0 < len(name := text.strip()) <= MAX_MOOD_NAME:
        raise ValueError("no name, or a text instead of one")
    return name


def _note(cells: Mapping[str, str]) -> str | None:
    parts = (read_cell(cells, column, _remove_markup) for column in ("note_title", "note"))
    return _check_length("\n\n".join(filter(None, parts)) or None)


def _remove_markup(text: str) -> str:
    return LINE_BREAK.sub("\n", text).replace("&nbsp;", " ").strip()


def _check_factors(factors: tuple[str, ...]) -> tuple[str, ...]:
    if len(factors) > MAX_FACTORS or any(len(factor) > MAX_FACTOR for factor in factors):
        raise UnreadableCell(f"activities are more than {MAX_FACTORS}, or one is longer than {MAX_FACTOR} characters")
    return factors


def _check_length(note: str | None) -> str | None:
    if note and len(note) > MAX_NOTE:
        raise UnreadableCell(f"note is longer than {MAX_NOTE:,} characters")
    return note


def _parse_activities(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(str.strip, text.split("|")))))
