"""Exports of How We Feel, Bearable and Day One, and tables whose columns are named, are read as diaries."""

from datetime import datetime
from pathlib import Path

import pytest

from functions.checkin.formats.day_one import EntryTooLarge
from functions.checkin.formats.diary import BadColumns, Diary, UnknownFormat
from functions.checkin.formats.diary_file import parse
from shared.csv_table import TooManyValues

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


BEARABLE = "date formatted,time of day,category,rating/amount,detail,notes\n"


def test_bearable_ratings_and_amounts_are_numbers() -> None:
    """Symptoms and measurements have the name in their detail, others that of their category. Words are no numbers."""
    diary = parse(
        (
            BEARABLE + "2026-03-01,am,Symptom,2,Headache (Moderate),\n"
            "2026-03-01,all day,Sleep,7:30,Rested,\n"
            "2026-03-01,pm,Health measurements,8123,Step count,\n"
            "2026-03-01,pm,Health measurements,120/80,Blood pressure,\n"
            "2026-03-01,pm,Bowel movement,Normal,,\n"
            "soon,pm,Energy,3,,\n"
        ).encode()
    )

    assert diary.numbers == [
        (at("2026-03-01T09:00"), "Headache", 2),
        (at("2026-03-01T12:00"), "Sleep", 7.5),
        (at("2026-03-01T18:00"), "Step count", 8123),
    ]
    assert [(fault.line, fault.reason) for fault in diary.unreadable] == [
        (5, "a number cannot be read"),
        (7, "date_formatted cannot be read"),
    ]
    assert diary.entries == []


def test_how_we_feel_columns_of_numbers() -> None:
    """Known columns of the app are numbers. Sleep of 0 hours was not measured."""
    diary = parse(
        b"Date,Mood,Tags (People),Sleep,Steps,Water (cups),Weather\n"
        b"2026 Wed Jul 22 11:36 PM,Calm,,7.75,899.0,,Clouds\n"
        b"2026 Thu Jul 23 8:15 AM,Calm,,0.0,15.0,2,Rain\n"
    )

    assert [(number.when.day, number.name, number.value) for number in diary.numbers] == [
        (22, "Sleep", 7.75),
        (22, "Steps", 899),
        (23, "Steps", 15),
        (23, "Water cups", 2),
    ]


def test_day_one_counts_steps() -> None:
    """What is no number of steps leaves the entry as it is."""
    entry = '{{"uuid": "{}", "creationDate": "2026-03-01T19:30:00Z", "tags": ["calm"], "userActivity": {}}}'
    activities = ['{"stepCount": 4200}', '{"stepCount": "many"}', "[]", '{"stepCount": null}']
    entries = ",".join(entry.format(number, activity) for number, activity in enumerate(activities))

    diary = parse(f'{{"entries": [{entries}]}}'.encode())

    assert [(number.name, number.value) for number in diary.numbers] == [("Steps", 4200)]
    assert (len(diary.entries), [fault.line for fault in diary.unreadable]) == (4, [2])


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


def test_columns_of_numbers_are_named() -> None:
    """A name that is no field is one of a measure. A number that cannot be read leaves its entry as it is."""
    diary = parse(
        b"Day;Mood;Hours;Steps\n2026-03-01;sad;7,5;\n2026-03-02;sad;long;900\n2026-03-03;sad;;8,000\n",
        {},
        {"date": "Day", "mood": "Mood", "Sleep (h)": "Hours", "Steps": "Steps"},
    )

    assert [(number.when.day, number.name, number.value) for number in diary.numbers] == [
        (1, "Sleep h", 7.5),
        (2, "Steps", 900),
    ]
    assert [fault.line for fault in diary.unreadable] == [3, 4]
    assert (diary.total, len(diary.entries)) == (3, 3)


def test_a_file_of_too_many_numbers_is_refused() -> None:
    """Before more is read than a person can import at once."""
    names = [f"n{number}" for number in range(50)]
    lines = (f"2026-03-01,sad,{','.join('1' * 50)}" for _ in range(1_001))
    content = "\n".join([f"Day,Mood,{','.join(names)}", *lines]).encode()

    with pytest.raises(TooManyValues):
        parse(content, {}, {"date": "Day", "mood": "Mood", **{name: name for name in names}})


@pytest.mark.parametrize(
    "written", ["2026-02-13T08:05:00Z", "2026-02-13 08:05", "2026-02-13T08:05:00.123+01:00", "13.02.2026 8:05 am"]
)
def test_a_date_may_have_its_time(written: str) -> None:
    """A zone is ignored: what counts is the wall time that the person saw."""
    diary = parse(f"when,mood\n{written},sad\n".encode(), {}, {"date": "when", "mood": "mood"})

    assert [entry.when for entry in diary.entries] == [at("2026-02-13T08:05")]


@pytest.mark.parametrize(
    "columns",
    [
        {"date": "Tag"},
        {"date": "Tag", "mood": "Laune"},
        {"date": "Tag", "mood": "Stimmung", "weather": "Was"},
        {"date": "Tag", "mood": "Stimmung", "💤": "Stärke"},
        {"date": "Tag", "mood": "Stimmung", **{f"n{number}": "Stärke" for number in range(51)}},
    ],
)
def test_columns_that_do_not_exist_or_have_no_number_are_refused(columns: dict[str, str]) -> None:
    """A misspelt field is taken for the name of a measure, and its column has no number."""
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
