"""A diary as a file of any format holds it, and the mapping of its mood names to Mend's."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from functions.checkin.models import MAX_FACTOR, MAX_FACTORS, MAX_NOTE
from shared.csv_table import ImportRefused, TableLine, UnreadableLine
from shared.diary_csv import INTENSITIES, UnreadableCell
from shared.moods import MOODS

MAX_MOOD_NAME = 80
ID_NAMESPACE = UUID("5b1f7f0e-6f0c-4c53-9d4e-3c1c0d7c6a52")
NO_MAPPING: Mapping[str, str] = MappingProxyType({})


class UnknownFormat(ImportRefused):
    """Your file is of no app that Mend knows. To send another table, name its columns in the part `columns`."""


class BadMapping(ImportRefused):
    """Map each mood to one of Mend's, alone or with an intensity from 1 to 10, such as "bored" or "bored:7"."""


class BadColumns(ImportRefused):
    """Map date and mood, and if you like time, intensity, note and factors, to names in the first line of your file."""


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


@dataclass(frozen=True, slots=True)
class Diary:
    entries: list[DiaryEntry]
    total: int
    unmapped_moods: dict[str, int]  # how many lines have each name
    unreadable: list[UnreadableLine]


class MappedMood(NamedTuple):
    mood: str
    intensity: int = 5


class LineEntry(NamedTuple):
    """An entry before its mood is mapped. Most formats give no intensity."""

    id: UUID
    when: datetime
    mood_name: str
    intensity: int | None
    note: str | None
    factors: tuple[str, ...]


Moods = Mapping[str, MappedMood]
Reader = Callable[[Mapping[str, Any]], LineEntry | None]  # None for a line that is no entry

DAYLIO_MOODS = {
    "rad": MappedMood("joyful", 8),
    "good": MappedMood("happy", 6),
    "meh": MappedMood("okay", 5),
    "bad": MappedMood("sad", 6),
    "awful": MappedMood("sad", 9),
}


def mapped_moods(mapping: Mapping[str, str]) -> Moods:
    """The mood of each name in lower case. Raises `BadMapping`."""
    own_names = {name: MappedMood(name) for name in MOODS}
    custom = {name.strip().casefold(): _parse_mapped_mood(text) for name, text in mapping.items()}
    return own_names | DAYLIO_MOODS | custom


def read_diary(
    lines: Iterable[TableLine], unreadable: Iterable[UnreadableLine], read_line: Reader, moods: Moods
) -> Diary:
    entries: list[DiaryEntry] = []
    faults = list(unreadable)
    unmapped: Counter[str] = Counter()
    spellings: dict[str, str] = {}
    for number, cells in lines:
        try:
            line_entry = read_line(cells)
        except UnreadableCell as error:
            faults.append(UnreadableLine(number, str(error)))
            continue
        if line_entry is None:
            continue
        id_, when, mood_name, intensity, note, factors = line_entry
        if mapped := moods.get(mood_name.casefold()):
            intensity = intensity or mapped.intensity
            entries.append(DiaryEntry(number, id_, when, mapped.mood, intensity, note, factors))
        else:
            unmapped[spellings.setdefault(mood_name.casefold(), mood_name)] += 1
    total = len(entries) + len(faults) + unmapped.total()
    return Diary(entries, total, dict(unmapped), sorted(faults, key=attrgetter("line")))


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


def first_known(names: Iterable[str], moods: Moods) -> str | None:
    return next((name for name in names if name.casefold() in moods), None)


def parse_name(text: str) -> str:
    if not 0 < len(name := text.strip()) <= MAX_MOOD_NAME:
        raise ValueError("no name, or a text instead of one")
    return name


def factors_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Factors without spaces around them, blanks and repetitions. Raises `UnreadableCell` above the limits."""
    return check_factors(tuple(dict.fromkeys(filter(None, map(str.strip, texts)))))


def check_factors(factors: tuple[str, ...]) -> tuple[str, ...]:
    if len(factors) > MAX_FACTORS or any(len(factor) > MAX_FACTOR for factor in factors):
        raise UnreadableCell(f"activities are more than {MAX_FACTORS}, or one is longer than {MAX_FACTOR} characters")
    return factors


def check_note(note: str | None) -> str | None:
    if note and len(note) > MAX_NOTE:
        raise UnreadableCell(f"note is longer than {MAX_NOTE:,} characters")
    return note or None


def _parse_mapped_mood(text: str) -> MappedMood:
    mood, colon, intensity = text.strip().casefold().partition(":")
    if mood not in MOODS or (colon and intensity not in INTENSITIES):
        raise BadMapping
    return MappedMood(mood, INTENSITIES[intensity]) if colon else MappedMood(mood)
