"""Mend's own CSV: written for spreadsheets and for programs that read Daylio exports, and read back without loss."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from shared.clock import zone
from shared.errors import Sentence

DAYLIO_COLUMNS = ("full_date", "date", "weekday", "time", "mood", "activities", "note_title", "note")
OWN_COLUMNS = ("id", "intensity", "occurred_at", "timezone")
# Excel reads a file as UTF-8 only if it starts with a byte order mark.
HEADING = "\ufeff" + ",".join(DAYLIO_COLUMNS + OWN_COLUMNS) + "\r\n"
INTENSITIES = {str(intensity): intensity for intensity in range(1, 11)}

# A spreadsheet evaluates a cell that starts like a formula; an apostrophe in front turns it into text. The full-width
# forms of = + - @ count in East Asian locales. A spreadsheet that separates by semicolons or tabs splits our quoted
# cells, so a cell may also start after one of those or after a line break. Spaces and quotes in front do not protect.
# An apostrophe that already stands in such a place is doubled, so removing one there always restores the text.
SEPARATOR = r"([;\t\r\n])"
FORMULA_START = r"""(?:[^\S\t\r\n]|")*[=+\-@\uff1d\uff0b\uff0d\uff20]"""
# The start of a text has a pattern of its own: `re` scans fast only for a pattern that begins with a set of characters.
NEEDS_APOSTROPHE = re.compile(rf"[\t\r\n']|{FORMULA_START}")
SEPARATOR_NEEDS_APOSTROPHE = re.compile(rf"{SEPARATOR}(?='|{FORMULA_START})")
SEPARATOR_HAS_APOSTROPHE = re.compile(rf"{SEPARATOR}'")

T = TypeVar("T")


class UnreadableCell(ValueError):
    """A cell cannot be read. The sentence names the column, never its content."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class ExportEntry:
    """One check-in as the export holds it."""

    id: UUID
    occurred_at: datetime
    timezone: str
    mood: str
    intensity: int
    note: str | None
    factors: tuple[str, ...]


def csv_lines(entries: Iterable[ExportEntry]) -> str:
    """One line for each entry. A complete file starts with `HEADING`."""
    return "".join(",".join(_quote(_add_apostrophes(text)) for text in _cells(entry)) + "\r\n" for entry in entries)


def read_entry(cells: Mapping[str, str]) -> ExportEntry:
    """The entry that a line of `csv_lines` holds, with `occurred_at` in its own zone. Raises `UnreadableCell`."""
    cells = {column: _remove_apostrophes(text) for column, text in cells.items()}
    tz = read_cell(cells, "timezone", zone)
    return ExportEntry(
        id=read_cell(cells, "id", UUID),
        occurred_at=read_cell(cells, "occurred_at", lambda text: _parse_instant(text).astimezone(tz)),
        timezone=tz.key,
        mood=read_cell(cells, "mood", str.strip),
        intensity=read_cell(cells, "intensity", INTENSITIES.__getitem__),
        note=read_cell(cells, "note", str) or None,
        factors=read_cell(cells, "activities", _split_factors),
    )


def read_cell(cells: Mapping[str, str], column: str, parse: Callable[[str], T]) -> T:
    """The parsed cell. A missing cell counts as empty. Raises `UnreadableCell` if `parse` fails."""
    try:
        return parse(cells.get(column, ""))
    except (ValueError, LookupError, OverflowError):
        raise UnreadableCell(Sentence("{column} cannot be read", column=column)) from None


def _cells(entry: ExportEntry) -> tuple[str, ...]:
    local = entry.occurred_at.astimezone(zone(entry.timezone))
    return (
        local.date().isoformat(),
        f"{local:%B} {local.day}",
        f"{local:%A}",
        f"{local:%H:%M}",
        entry.mood,
        _join_factors(entry.factors),
        "",
        entry.note or "",
        str(entry.id),
        str(entry.intensity),
        local.isoformat(),
        entry.timezone,
    )


def _parse_instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment


def _add_apostrophes(text: str) -> str:
    first = "'" if NEEDS_APOSTROPHE.match(text) else ""
    return first + SEPARATOR_NEEDS_APOSTROPHE.sub(r"\1'", text)


def _remove_apostrophes(text: str) -> str:
    return SEPARATOR_HAS_APOSTROPHE.sub(r"\1", text.removeprefix("'"))


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _join_factors(factors: Iterable[str]) -> str:
    return " | ".join(factor.replace("\\", r"\\").replace("|", r"\|") for factor in factors)


def _split_factors(cell: str) -> tuple[str, ...]:
    return tuple(re.sub(r"\\([\\|])", r"\1", factor) for factor in cell.split(" | ")) if cell else ()
