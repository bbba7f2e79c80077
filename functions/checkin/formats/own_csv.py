"""A person's check-ins as a CSV that spreadsheets and Daylio's readers understand, and back without loss."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from shared.clock import zone

DAYLIO_COLUMNS = ("full_date", "date", "weekday", "time", "mood", "activities", "note_title", "note")
OWN_COLUMNS = ("id", "intensity", "occurred_at", "timezone")
# With the byte order mark without which Excel misreads UTF-8.
HEADING = "\ufeff" + ",".join(DAYLIO_COLUMNS + OWN_COLUMNS) + "\r\n"
INTENSITIES = {str(intensity): intensity for intensity in range(1, 11)}

T = TypeVar("T")


class Unreadable(ValueError):
    """A row cannot be read. The message names the column and never what stands in it."""


@dataclass(frozen=True, slots=True)
class ExportEntry:
    id: UUID
    occurred_at: datetime
    timezone: str
    mood: str
    intensity: int
    note: str | None
    factors: tuple[str, ...]


def csv_lines(entries: Iterable[ExportEntry]) -> str:
    """The lines of these entries; a file has `HEADING` before the first."""
    return "".join(",".join(_quoted(_shielded(text)) for text in _cells(entry)) + "\r\n" for entry in entries)


def restore(cells: Mapping[str, str]) -> ExportEntry:
    """The entry that a line of `csv_lines` holds, `occurred_at` in its own zone."""
    cells = {column: _unshielded(text) for column, text in cells.items()}
    tz = read_cell(cells, "timezone", zone)
    return ExportEntry(
        id=read_cell(cells, "id", UUID),
        occurred_at=read_cell(cells, "occurred_at", lambda text: _instant(text).astimezone(tz)),
        timezone=tz.key,
        mood=read_cell(cells, "mood", str.strip),
        intensity=read_cell(cells, "intensity", INTENSITIES.__getitem__),
        note=read_cell(cells, "note", str) or None,
        factors=read_cell(cells, "activities", _split),
    )


def read_cell(cells: Mapping[str, str], column: str, read: Callable[[str], T]) -> T:
    """What `read` makes of a cell; a short row or a missing column is an empty cell."""
    try:
        return read(cells.get(column, ""))
    except (ValueError, LookupError, OverflowError):
        raise Unreadable(f"{column} cannot be read") from None


def _cells(entry: ExportEntry) -> tuple[str, ...]:
    local = entry.occurred_at.astimezone(zone(entry.timezone))
    return (
        local.date().isoformat(),
        f"{local:%B} {local.day}",
        f"{local:%A}",
        f"{local:%H:%M}",
        entry.mood,
        _joined(entry.factors),
        "",
        entry.note or "",
        str(entry.id),
        str(entry.intensity),
        local.isoformat(),
        entry.timezone,
    )


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("not an instant")
    return moment


# A spreadsheet runs a cell that starts like a formula; an apostrophe in front makes it text. One that is
# there already is doubled, so that taking the first one off is always right.
def _shielded(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "'")) else text


def _unshielded(text: str) -> str:
    return text.removeprefix("'")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _joined(factors: Iterable[str]) -> str:
    return " | ".join(re.sub(r"[\\|]", r"\\\g<0>", factor) for factor in factors)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(re.sub(r"\\([\\|])", r"\1", factor) for factor in cell.split(" | ")) if cell else ()
