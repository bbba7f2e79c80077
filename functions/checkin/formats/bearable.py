"""A Bearable CSV export: a line for each thing that was rated. Moods become entries, with the factors of the day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from functions.checkin.formats.diary import (
    EntryIds,
    LineEntry,
    Moods,
    Reader,
    check_note,
    factors_of,
    first_known,
    parse_name,
)
from shared.csv_table import TableLine
from shared.diary_csv import UnreadableCell, read_cell
from shared.written_dates import parse_date, parse_time

COLUMNS = frozenset({"date_formatted", "category", "rating/amount", "detail"})
TIMES = {"am": time(9), "mid": time(12), "midday": time(12), "pm": time(18)}
ALL_DAY = time(12)


def reader(lines: Sequence[TableLine], moods: Moods) -> Reader:
    factors, ids = _factors_by_day(lines), EntryIds()

    def read_line(cells: Mapping[str, str]) -> LineEntry | None:
        if cells.get("category", "").strip().lower() != "mood":
            return None
        day = read_cell(cells, "date_formatted", _parse_day)
        when = datetime.combine(day, read_cell(cells, "time_of_day", _parse_time_of_day))
        words = [word.strip() for word in cells.get("detail", "").replace("|", ",").split(",")]
        mood_name = first_known(words, moods) or read_cell(cells, "rating/amount", parse_name)
        note = check_note(cells.get("notes", "").strip())
        return LineEntry(ids.next(when, mood_name), when, mood_name, None, note, factors_of(factors[day]))

    return read_line


def _factors_by_day(lines: Sequence[TableLine]) -> defaultdict[date, list[str]]:
    factors: defaultdict[date, list[str]] = defaultdict(list)
    for _, cells in lines:
        if cells.get("category", "").strip().lower() in ("factor", "factors"):
            try:
                factors[read_cell(cells, "date_formatted", _parse_day)] += cells.get("detail", "").split("|")
            except UnreadableCell:
                continue  # only lines of moods are reported
    return factors


def _parse_day(text: str) -> date:
    return parse_date(text.strip(), month_first=False)


def _parse_time_of_day(text: str) -> time:
    name = text.strip().lower()
    if name in TIMES:
        return TIMES[name]
    return parse_time(name) if ":" in name else ALL_DAY
