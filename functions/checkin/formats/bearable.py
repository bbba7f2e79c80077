"""A Bearable CSV export: a line for each thing that was rated.

Moods become entries, with the factors of the day. Other ratings and amounts are numbers of their day.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from functions.checkin.formats.diary import (
    NO_NUMBERS,
    EntryIds,
    LineEntry,
    LineNumbers,
    Reader,
    check_note,
    factors_of,
    first_known,
    parse_name,
)
from functions.checkin.formats.mood_names import MoodNames
from shared.csv_table import TableLine
from shared.diary_csv import UnreadableCell, read_cell
from shared.written_dates import parse_date, parse_time

COLUMNS = frozenset({"date_formatted", "category", "rating/amount", "detail"})
TIMES = {"am": time(9), "mid": time(12), "midday": time(12), "pm": time(18)}
ALL_DAY = time(12)
FACTORS = frozenset({"factor", "factors"})
NAMED_BY_DETAIL = ("symptom", "health measurement", "medication", "supplement", "nutrition")  # beginnings of categories
DETAIL = re.compile(r"[^(|]+")  # without the grade in "Headache (Moderate)"
DURATION = re.compile(r"(\d{1,2}):([0-5]\d)(?::[0-5]\d)?")


def reader(lines: Sequence[TableLine], moods: MoodNames) -> Reader:
    factors, ids = _factors_by_day(lines), EntryIds()

    def read_line(cells: Mapping[str, str]) -> LineEntry | LineNumbers | None:
        is_mood, numbers = _category(cells) == "mood", _numbers(cells)
        if not is_mood and not numbers:
            return None
        day = read_cell(cells, "date_formatted", _parse_day)
        when = datetime.combine(day, read_cell(cells, "time_of_day", _parse_time_of_day))
        if not is_mood:
            return LineNumbers(when, numbers)
        words = [word.strip() for word in cells.get("detail", "").replace("|", ",").split(",")]
        mood_name = first_known(words, moods) or read_cell(cells, "rating/amount", parse_name)
        note = check_note(cells.get("notes", "").strip())
        return LineEntry(ids.next(when, mood_name), when, mood_name, None, note, factors_of(factors[day]))

    return read_line


def _factors_by_day(lines: Sequence[TableLine]) -> defaultdict[date, list[str]]:
    factors: defaultdict[date, list[str]] = defaultdict(list)
    for _, cells in lines:
        if _category(cells) in FACTORS:
            try:
                factors[read_cell(cells, "date_formatted", _parse_day)] += cells.get("detail", "").split("|")
            except UnreadableCell:
                continue  # only lines of moods and numbers are reported
    return factors


def _category(cells: Mapping[str, str]) -> str:
    return cells.get("category", "").strip().lower()


def _numbers(cells: Mapping[str, str]) -> Mapping[str, str]:
    """The rating or amount of a line by its name. None of a rating in words."""
    text, category = cells.get("rating/amount", "").strip(), _category(cells)
    if category in FACTORS or category == "mood" or not any(map(str.isdigit, text)):
        return NO_NUMBERS
    detail = DETAIL.match(cells.get("detail", ""))
    name = detail[0].strip() if detail and category.startswith(NAMED_BY_DETAIL) else ""
    duration = DURATION.fullmatch(text)
    hours = f"{int(duration[1]) + int(duration[2]) / 60:.2f}" if duration else text
    return {name or category.capitalize(): hours}


def _parse_day(text: str) -> date:
    return parse_date(text.strip(), "day_first")


def _parse_time_of_day(text: str) -> time:
    name = text.strip().lower()
    if name in TIMES:
        return TIMES[name]
    return parse_time(name) if ":" in name else ALL_DAY
