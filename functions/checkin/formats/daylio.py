"""Reading a Daylio CSV export, or one of our own, whatever phone, language or spreadsheet it went through."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID, uuid5

from functions.checkin.formats.own_csv import INTENSITIES, OWN_COLUMNS, Unreadable, read_cell, restore
from shared.moods import MOODS

LONGEST_NOTE = 4_000
LONGEST_HEADING = 10_000
NOON = 12
MONTHS = range(1, 13)
ONLY_A_DAY = range(13, 32)
REQUIRED_COLUMNS = {"full_date", "time", "mood"}
IMPORTED = UUID("5b1f7f0e-6f0c-4c53-9d4e-3c1c0d7c6a52")
NO_MAPPING: Mapping[str, str] = MappingProxyType({})

YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\s*([ap])\.?\s?m\.?)?", re.IGNORECASE)
LINE_BREAK = re.compile(r"\r\n?|<br\s*/?>", re.IGNORECASE)
NOT_TEXT = re.compile("[\0\ud800-\udfff]")


class _Refused(ValueError):
    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NotADaylioExport(_Refused):
    """The file is not a Daylio CSV export: its first line must name full_date, time and mood."""


class BadMapping(_Refused):
    """A mood maps to one of ours, alone or with an intensity from 1 to 10: "bored" or "bored:7"."""


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A check-in to be. `when` is naive wall time, but from our own export an instant in its zone."""

    line: int
    id: UUID
    when: datetime
    mood: str
    intensity: int
    note: str | None
    factors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineError:
    line: int
    msg: str


@dataclass(frozen=True, slots=True)
class Parsed:
    rows: list[ImportedRow]
    total: int
    unmapped_moods: list[str]
    errors: list[LineError]


class _Target(NamedTuple):
    mood: str
    intensity: int = 5


class _Record(NamedTuple):
    line: int
    cells: Mapping[str, str]


class _Moment(NamedTuple):
    id: UUID
    when: datetime
    mood: str  # as the file names it
    intensity: int | None
    note: str | None
    factors: tuple[str, ...]


DAYLIO_MOODS = {
    "rad": _Target("joyful", 8),
    "good": _Target("happy", 6),
    "meh": _Target("okay", 5),
    "bad": _Target("sad", 6),
    "awful": _Target("sad", 9),
}


def parse(data: bytes, mapping: Mapping[str, str] = NO_MAPPING) -> Parsed:
    """The rows to import, the mood names still to be mapped, and why each remaining row cannot be read."""
    targets = _targets(mapping)
    columns, lines = _open(data)
    records = [line for line in lines if isinstance(line, _Record)]
    errors = [line for line in lines if isinstance(line, LineError)]
    read = _restored if columns.issuperset(OWN_COLUMNS) else _daylio_reader(records)
    rows: list[ImportedRow] = []
    unmapped: dict[str, str] = {}
    for line, cells in records:
        try:
            id_, when, name, intensity, note, factors = read(cells)
        except Unreadable as reason:
            errors.append(LineError(line, str(reason)))
            continue
        if target := targets.get(name.casefold()):
            intensity = intensity or target.intensity
            rows.append(ImportedRow(line, id_, when, target.mood, intensity, note, factors))
        else:
            unmapped.setdefault(name.casefold(), name)
    return Parsed(rows, len(lines), list(unmapped.values()), sorted(errors, key=attrgetter("line")))


def _targets(mapping: Mapping[str, str]) -> Mapping[str, _Target]:
    ours = {name: _Target(name) for name in MOODS}
    return ours | DAYLIO_MOODS | {name.strip().casefold(): _target(text) for name, text in mapping.items()}


def _target(text: str) -> _Target:
    mood, colon, intensity = text.strip().casefold().partition(":")
    if mood not in MOODS or (colon and intensity not in INTENSITIES):
        raise BadMapping
    return _Target(mood, INTENSITIES[intensity]) if colon else _Target(mood)


def _open(data: bytes) -> tuple[set[str], list[_Record | LineError]]:
    text = io.StringIO(_decoded(data), newline="")
    heading = text.readline(LONGEST_HEADING)
    delimiter = max(",;", key=heading.count)
    columns = ["_".join(name.lower().split()) for name in heading.replace('"', "").split(delimiter)]
    if not REQUIRED_COLUMNS.issubset(columns):
        raise NotADaylioExport
    return set(columns), list(_lines(text, delimiter, columns))


def _decoded(data: bytes) -> str:
    """The text. A byte that is not UTF-8 becomes a lone surrogate, so that it sinks its own row alone."""
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16") if utf16 else data.decode("utf-8-sig", "surrogateescape")
    except UnicodeDecodeError:
        raise NotADaylioExport from None


def _lines(text: io.StringIO, delimiter: str, columns: list[str]) -> Iterator[_Record | LineError]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 2  # counted from 1, after the heading
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield LineError(line, "a quote is not closed or not doubled, or a cell is far too long")
            continue
        if NOT_TEXT.search("".join(cells)):
            yield LineError(line, "the row holds a NUL or a byte that is not UTF-8")
        elif any(cells[len(columns) :]):
            yield LineError(line, "the row has more cells than there are columns")
        elif any(map(str.strip, cells)):
            yield _Record(line, dict(zip(columns, cells, strict=False)))


def _restored(cells: Mapping[str, str]) -> _Moment:
    entry = restore(cells)
    note = _short_enough(entry.note)
    return _Moment(entry.id, entry.occurred_at, entry.mood, entry.intensity, note, entry.factors)


def _daylio_reader(records: Iterable[_Record]) -> Callable[[Mapping[str, str]], _Moment]:
    month_first = _is_month_first(record.cells.get("full_date", "") for record in records)
    seen: Counter[tuple[datetime, str]] = Counter()

    def read(cells: Mapping[str, str]) -> _Moment:
        day = read_cell(cells, "full_date", lambda text: _date(text.strip(), month_first=month_first))
        when = datetime.combine(day, read_cell(cells, "time", _time))
        mood = read_cell(cells, "mood", _name)
        # The id stands for the minute and the mood, so that a note or activity edited in Daylio is no second
        # entry when the file comes again; the count keeps apart what was entered twice.
        same = when, mood.casefold()
        seen[same] += 1
        id_ = uuid5(IMPORTED, f"{when.isoformat()} {mood.casefold()} {seen[same]}")
        return _Moment(id_, when, mood, None, _note(cells), read_cell(cells, "activities", _activities))

    return read


def _is_month_first(dates: Iterable[str]) -> bool:
    """A file is day first, as Daylio's are, unless some dates can only be month first and none day first."""
    pairs = [(int(found[1]), int(found[2])) for text in dates if (found := YEAR_LAST.fullmatch(text.strip()))]
    month_first = any(a in MONTHS and b in ONLY_A_DAY for a, b in pairs)
    return month_first and not any(a in ONLY_A_DAY and b in MONTHS for a, b in pairs)


def _date(text: str, *, month_first: bool) -> date:
    if found := YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := YEAR_LAST.fullmatch(text):
        day, month, year = map(int, found.group(2, 1, 3) if month_first else found.groups())
    else:
        raise ValueError("not a date")
    return date(year, month, day)


def _time(text: str) -> time:
    found = TIME.fullmatch(text.strip())
    if not found:
        raise ValueError("not a time")
    hour, minute, second = (int(digits or 0) for digits in found.group(1, 2, 3))
    if half := found[4]:
        if hour > NOON:
            raise ValueError("not a time on a 12-hour clock")
        hour = hour % NOON + NOON * (half in "pP")
    return time(hour, minute, second)


def _name(text: str) -> str:
    if not (name := text.strip()):
        raise ValueError("no name")
    return name


def _note(cells: Mapping[str, str]) -> str | None:
    parts = (read_cell(cells, column, _plain) for column in ("note_title", "note"))
    return _short_enough("\n\n".join(filter(None, parts)) or None)


def _plain(text: str) -> str:
    return LINE_BREAK.sub("\n", text).replace("&nbsp;", " ").strip()


def _short_enough(note: str | None) -> str | None:
    if note and len(note) > LONGEST_NOTE:
        raise Unreadable(f"note is longer than {LONGEST_NOTE:,} characters")
    return note


def _activities(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(str.strip, text.split("|")))))
