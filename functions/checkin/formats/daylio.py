"""A line of a Daylio CSV export."""

import re
from collections.abc import Mapping
from datetime import datetime

from functions.checkin.formats.diary import EntryIds, LineEntry, Reader, check_note, factors_of, parse_name
from shared.diary_csv import read_cell
from shared.written_dates import DateOrder, parse_date, parse_time

DATE = "full_date"
COLUMNS = frozenset({DATE, "time", "mood"})
SCALE = re.compile(r"(.+):\s*([+-]?[\d.,]+)")
LINE_BREAK = re.compile(r"\r\n?|<br\s*/?>", re.IGNORECASE)


def reader(order: DateOrder | None) -> Reader:
    ids = EntryIds()

    def read_line(cells: Mapping[str, str]) -> LineEntry:
        day = read_cell(cells, DATE, lambda text: parse_date(text.strip(), order))
        when = datetime.combine(day, read_cell(cells, "time", parse_time))
        mood_name = read_cell(cells, "mood", parse_name)
        id_ = ids.next(when, mood_name)
        factors = factors_of(read_cell(cells, "activities", lambda text: text.split("|")))
        return LineEntry(id_, when, mood_name, None, _note(cells), factors, _scales(cells))

    return read_line


def _scales(cells: Mapping[str, str]) -> Mapping[str, str]:
    """The first number of each part of a cell such as "Sleep: 8/10 points | Weight: 71.5 kg"."""
    return {match[1]: match[2] for match in map(SCALE.match, cells.get("scales", "").split("|")) if match}


def _note(cells: Mapping[str, str]) -> str | None:
    parts = (read_cell(cells, column, _remove_markup) for column in ("note_title", "note"))
    return check_note("\n\n".join(filter(None, parts)))


def _remove_markup(text: str) -> str:
    return LINE_BREAK.sub("\n", text).replace("&nbsp;", " ").strip()
