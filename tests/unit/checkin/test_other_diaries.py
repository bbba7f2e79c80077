"""Exports of How We Feel, Bearable and Day One, and tables whose columns are named, are read as diaries."""

from datetime import datetime
from pathlib import Path

import pytest

from functions.checkin.formats.day_one import EntryTooLarge
from functions.checkin.formats.diary import BadColumns, Diary, UnknownFormat
from functions.checkin.formats.diary_file import parse

SAMPLES = Path(__file__).parents[2] / "data/diaries"
TABLE = (
    "Tag;Uhr;Stimmung;Stärke;Was;Notiz\n13.02.2026;08:05;Froh;7;Sport, Kaffee;gut\n14.02.2026;;traurig;;;\n".encode()
)
COLUMNS = {"date": "Tag", "time": "Uhr", "mood": "Stimmung", "intensity": "Stärke", "factors": "Was", "note": "Notiz"}
GERMAN = {"Froh": "happy", "traurig": "sad:6"}


def sample(name: str, **mapping: str) -> Diary:
    return parse((SAMPLES / name).read_bytes(), mapping)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_how_we_feel() -> None:
    """Of several feelings, the first that Mend knows is the mood, and the others are factors."""
    diary = sample("how_we_feel.csv")

    first, second = diary.entries
    assert (first.when, first.mood, first.note) == (at("2026-07-22T23:36"), "grateful", "A full note, with a comma")
    assert first.factors == ("By Myself", "Home", "Resting", "Music", "Determined")
    assert (second.when, second.mood, second.factors) == (at("2026-07-22T08:15"), "calm", ("Friend", "Outside"))
    assert [fault.line for fault in diary.unreadable] == [4]


def test_bearable() -> None:
    """Ratings of moods become entries, with the factors of the day. A rating without a known word needs a mapping."""
    diary = sample("bearable.csv")
    mapped = sample("bearable.csv", **{"2": "sad:4"})

    assert [(entry.when, entry.mood, entry.factors, entry.note) for entry in diary.entries] == [
        (at("2026-03-01T09:00"), "happy", ("Coffee", "Long walk"), "slept well"),
        (at("2026-03-02T21:30"), "excited", (), None),
    ]
    assert (diary.total, diary.unmapped_moods, [fault.line for fault in diary.unreadable]) == (4, {"2": 1}, [7])
    assert [(entry.mood, entry.intensity) for entry in mapped.entries][1] == ("sad", 4)


def test_day_one() -> None:
    """A tag that names a mood is the mood. Entries without one have the mood name "", which can be mapped too."""
    diary = sample("day_one.json")
    mapped = parse((SAMPLES / "day_one.json").read_bytes(), {"": "okay"})

    [entry] = diary.entries
    assert (entry.when, str(entry.when.tzinfo)) == (at("2026-03-01T19:30Z"), "Europe/Berlin")
    assert (entry.mood, entry.factors, entry.note) == ("grateful", ("walk",), "A walk by the river.")
    assert (diary.total, diary.unmapped_moods, [fault.line for fault in diary.unreadable]) == (3, {"": 1}, [3])
    assert [entry.mood for entry in mapped.entries] == ["grateful", "okay"]


def test_a_table_whose_columns_are_named() -> None:
    """Only date and mood are needed. Without a time it is noon."""
    diary = parse(TABLE, GERMAN, COLUMNS)
    short = parse(TABLE, GERMAN, {"date": "Tag", "mood": "stimmung"})

    assert [(entry.when, entry.mood, entry.intensity, entry.factors, entry.note) for entry in diary.entries] == [
        (at("2026-02-13T08:05"), "happy", 7, ("Sport", "Kaffee"), "gut"),
        (at("2026-02-14T12:00"), "sad", 6, (), None),
    ]
    assert [entry.when for entry in short.entries] == [at("2026-02-13T12:00"), at("2026-02-14T12:00")]


@pytest.mark.parametrize(
    "written", ["2026-02-13T08:05:00Z", "2026-02-13 08:05", "2026-02-13T08:05:00.123+01:00", "13.02.2026 8:05 am"]
)
def test_a_date_may_have_its_time(written: str) -> None:
    """A zone is ignored: what counts is the wall time that the person saw."""
    diary = parse(f"when,mood\n{written},sad\n".encode(), {}, {"date": "when", "mood": "mood"})

    assert [entry.when for entry in diary.entries] == [at("2026-02-13T08:05")]


@pytest.mark.parametrize(
    "columns",
    [{"date": "Tag"}, {"date": "Tag", "mood": "Laune"}, {"date": "Tag", "mood": "Stimmung", "weather": "Was"}],
)
def test_columns_that_do_not_exist_are_refused(columns: dict[str, str]) -> None:
    with pytest.raises(BadColumns):
        parse(TABLE, {}, columns)


@pytest.mark.parametrize(
    "data", [b"{", b"{}", b'{"entries": 1}', b'{"entries": ' + b"[" * 100_000, b'{"entries": [1', b"{\xff", TABLE]
)
def test_a_file_that_no_format_fits_is_refused(data: bytes) -> None:
    with pytest.raises(UnknownFormat):
        parse(data)


@pytest.mark.parametrize(
    "entry", ["1", "null", '{"uuid": 1}', '{"creationDate": "2026-03-01T19:30:00Z", "uuid": "a", "text": 7}']
)
def test_an_entry_of_another_shape_is_an_error_of_its_own(entry: str) -> None:
    diary = parse(f'{{"entries": [{entry}]}}'.encode())

    assert [fault.line for fault in diary.unreadable] == [1]


def test_an_entry_that_is_far_too_large_is_refused() -> None:
    """Before it is parsed as a whole."""
    with pytest.raises(EntryTooLarge):
        parse(b'{"entries": [' + b"[" + b"[]," * 200_000)


@pytest.mark.parametrize("name", ["how_we_feel.csv", "bearable.csv", "day_one.json"])
def test_ids_are_the_same_in_every_import(name: str) -> None:
    first, second = sample(name), sample(name)

    assert [entry.id for entry in first.entries] == [entry.id for entry in second.entries]
    assert len({entry.id for entry in first.entries}) == len(first.entries)
