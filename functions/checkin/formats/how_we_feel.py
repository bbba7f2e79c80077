"""A line of a How We Feel CSV export. An entry may have several feelings: the first known one is its mood."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from functions.checkin.formats.diary import (
    EntryIds,
    LineEntry,
    Reader,
    check_note,
    factors_of,
    first_known,
    parse_name,
)
from functions.checkin.formats.mood_names import MoodNames
from shared.csv_table import TableLine
from shared.diary_csv import read_cell
from shared.written_dates import parse_time

COLUMNS = frozenset({"date", "mood", "tags_(people)"})
NUMBERS = frozenset(
    {"exercise", "sleep", "steps", "meditation", "temperature", "water", "caffeine", "alcoholic_drinks"}
)
TAGS = ("tags_(people)", "tags_(places)", "tags_(events)")
MOMENT = re.compile(r"(\d{4}) \w+ (\w{3})\w* (\d{1,2}) (.+)")  # 2026 Wed Jul 22 11:36 PM
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def reader(_: Sequence[TableLine], moods: MoodNames) -> Reader:
    ids = EntryIds()

    def read_line(cells: Mapping[str, str]) -> LineEntry:
        when = read_cell(cells, "date", _parse_moment)
        feelings = [parse_name(name) for name in read_cell(cells, "mood", _split_feelings)]
        mood_name = first_known(feelings, moods) or feelings[0]
        others = [name for name in feelings if name != mood_name]
        tags = [tag for column in TAGS for tag in cells.get(column, "").split(";")]
        note = check_note(cells.get("notes", "").strip())
        factors = factors_of([*tags, *others])
        return LineEntry(ids.next(when, mood_name), when, mood_name, None, note, factors, _numbers(cells))

    return read_line


def _numbers(cells: Mapping[str, str]) -> Mapping[str, str]:
    """The numbers by the names of their columns, such as "Water (cups)". Sleep of 0 hours was not measured."""
    return {
        column.replace("_", " ").capitalize(): text
        for column, text in cells.items()
        if (name := column.partition("_(")[0]) in NUMBERS and text.strip() and (name != "sleep" or text.strip("0. "))
    }


def _split_feelings(text: str) -> list[str]:
    feelings = [parse_name(name) for name in text.split(";") if name.strip()]
    if not feelings:
        raise ValueError("no feeling")
    return feelings


def _parse_moment(text: str) -> datetime:
    match = MOMENT.fullmatch(text.strip())
    if not match:
        raise ValueError("not a moment")
    month = MONTHS.index(match[2].lower()) + 1
    return datetime.combine(date(int(match[1]), month, int(match[3])), parse_time(match[4]))
