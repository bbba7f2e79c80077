"""A diary as a file of any format holds it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from functions.checkin.formats.mood_names import MoodNames
from functions.checkin.models import MAX_FACTOR, MAX_FACTORS, MAX_NOTE
from shared.csv_table import MAX_VALUES, Encoding, ImportRefused, TableLine, TooManyValues, UnreadableLine
from shared.diary_csv import UnreadableCell
from shared.errors import Sentence
from shared.factors import distinct_factors
from shared.measures import parse_value, readable_name
from shared.visible import is_visible
from shared.written_dates import DateOrder

MAX_MOOD_NAME = 80
TOO_MANY_FACTORS = "activities are more than {most}, or one is longer than {longest} characters"
ID_NAMESPACE = UUID("5b1f7f0e-6f0c-4c53-9d4e-3c1c0d7c6a52")
NO_MAPPING: Mapping[str, str] = MappingProxyType({})
NO_NUMBERS = NO_MAPPING


class UnknownFormat(ImportRefused):
    """Your file is of no app that Mend knows. Send other tables in a form, and name the columns in `columns`."""


class BadColumns(ImportRefused):
    """Map date and mood, and if you like time, intensity, note, factors and numbers, to names in the first line."""


@dataclass(frozen=True, slots=True)
class DiaryEntry:
    """A check-in to import.

    `when` is an instant with its zone if the file names one, otherwise a wall time.
    """

    line: int
    id: UUID
    when: datetime
    mood: str
    intensity: int
    note: str | None
    factors: tuple[str, ...]


class DiaryNumber(NamedTuple):
    """A number of a day, such as hours of sleep."""

    when: datetime
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Diary:
    entries: list[DiaryEntry]
    numbers: list[DiaryNumber]
    total: int
    unmapped_moods: dict[str, int]  # how many lines have each name
    unreadable: list[UnreadableLine]
    date_order: DateOrder | None = None  # of dates such as 03/04/2026, if there are any
    encoding: Encoding = "utf-8"


class LineEntry(NamedTuple):
    """An entry before its mood is mapped. Most formats give no intensity."""

    id: UUID
    when: datetime
    mood_name: str
    intensity: int | None
    note: str | None
    factors: tuple[str, ...]
    numbers: Mapping[str, str] = NO_NUMBERS  # their texts by name


class LineNumbers(NamedTuple):
    """A line with numbers and no entry."""

    when: datetime
    numbers: Mapping[str, str]


Reader = Callable[[Mapping[str, Any]], LineEntry | LineNumbers | None]  # None for a line that has neither


def read_diary(
    lines: Iterable[TableLine], unreadable: Iterable[UnreadableLine], read_line: Reader, moods: MoodNames
) -> Diary:
    """The entries and numbers of the lines. Raises `TooManyValues`."""
    entries: list[DiaryEntry] = []
    numbers: list[DiaryNumber | UnreadableLine] = []
    faults = list(unreadable)
    unmapped: Counter[str] = Counter()
    spellings: dict[str, str] = {}
    for number, cells in lines:
        try:
            line = read_line(cells)
        except UnreadableCell as error:
            faults.append(UnreadableLine(number, error.sentence))
            continue
        numbers += _read_numbers(number, line) if line else ()
        if len(numbers) > MAX_VALUES:
            raise TooManyValues
        if not isinstance(line, LineEntry):
            continue
        if mapped := moods.get(line.mood_name):
            intensity = line.intensity or mapped.intensity
            entries.append(DiaryEntry(number, line.id, line.when, mapped.mood, intensity, line.note, line.factors))
        else:
            unmapped[spellings.setdefault(line.mood_name.casefold(), line.mood_name)] += 1
    total = len(entries) + len(faults) + unmapped.total()
    faults += [fault for fault in numbers if isinstance(fault, UnreadableLine)]
    read_numbers = [number for number in numbers if isinstance(number, DiaryNumber)]
    return Diary(entries, read_numbers, total, dict(unmapped), sorted(faults, key=attrgetter("line")))


def _read_numbers(number: int, line: LineEntry | LineNumbers) -> Iterator[DiaryNumber | UnreadableLine]:
    """The numbers of a line. One that cannot be read leaves its entry as it is."""
    for text_name, text in line.numbers.items():
        try:
            value = parse_value(text.strip())
        except ValueError:
            yield UnreadableLine(number, Sentence("a number cannot be read"))
            continue
        if name := readable_name(text_name):
            yield DiaryNumber(line.when, name, value)
        else:
            yield UnreadableLine(number, Sentence("the name of a number has no letter"))


class EntryIds:
    """The id of an entry depends on the minute and the mood alone, so an edited note makes no second entry.

    A count distinguishes equal entries of one file.
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[datetime, str]] = Counter()

    def next(self, when: datetime, mood_name: str) -> UUID:
        key = when, mood_name.casefold()
        self._counts[key] += 1
        return uuid5(ID_NAMESPACE, f"{when.isoformat()} {mood_name.casefold()} {self._counts[key]}")


def first_known(names: Iterable[str], moods: MoodNames) -> str | None:
    return next((name for name in names if moods.get(name)), None)


def parse_name(text: str) -> str:
    if not 0 < len(name := text.strip()) <= MAX_MOOD_NAME:
        raise ValueError("no name, or a text instead of one")
    return name


def factors_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Factors without spaces around them, blanks and repetitions. Raises `UnreadableCell` above the limits."""
    return check_factors(tuple(distinct_factors(texts)))


def check_factors(factors: tuple[str, ...]) -> tuple[str, ...]:
    if len(factors) > MAX_FACTORS or any(len(factor) > MAX_FACTOR for factor in factors):
        raise UnreadableCell(Sentence(TOO_MANY_FACTORS, most=MAX_FACTORS, longest=MAX_FACTOR))
    return factors


def check_note(note: str | None) -> str | None:
    if note and len(note) > MAX_NOTE:
        raise UnreadableCell(Sentence("note is longer than {most:,} characters", most=MAX_NOTE))
    return note if note and is_visible(note) else None
