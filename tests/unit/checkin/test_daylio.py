"""Daylio exports are read completely, from every phone, language and spreadsheet."""

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from functions.checkin.formats.diary import DiaryEntry, UnknownFormat
from functions.checkin.formats.diary_file import parse
from functions.checkin.formats.mood_names import DAYLIO_MOODS, BadMapping
from functions.checkin.models import MAX_FACTOR, MAX_FACTORS, MAX_NOTE
from shared.csv_table import MAX_LINES, ImportRefused, NoText, NotUtf8, TooManyLines
from shared.diary_csv import DAYLIO_COLUMNS, OWN_COLUMNS
from shared.moods import MOODS
from shared.written_dates import DateOrders, usual_order

SAMPLES = Path(__file__).parents[2] / "data" / "daylio"
HEADING = ",".join(DAYLIO_COLUMNS) + "\n"
OWN_HEADING = ",".join(DAYLIO_COLUMNS + OWN_COLUMNS) + "\n"


def read(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def row(date: str = "2026-03-01", time: str = "20:00", mood: str = "good", note: str = "", activities: str = "") -> str:
    return f'{date},,,{time},{mood},{activities},,"{note}"\n'


def parse_rows(*rows: str) -> list[DiaryEntry]:
    return parse((HEADING + "".join(rows)).encode()).entries


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_an_android_export_with_scales() -> None:
    """Nine columns after a byte order mark. Title and note are joined, `<br>` and `&nbsp;` replaced."""
    parsed = parse(read("android.csv"))

    assert [(entry.line, entry.when, entry.mood, entry.intensity) for entry in parsed.entries] == [
        (2, at("2026-03-10T21:05"), "joyful", 8),
        (3, at("2026-03-10T08:30"), "okay", 5),
        (4, at("2026-03-09T23:59"), "sad", 9),
    ]
    assert parsed.entries[0].factors == ("baking", "family", "home")
    assert parsed.entries[0].note == 'Sunday bread\n\nGran said "never again" and laughed.\nA walk after.'
    assert parsed.entries[1].note is None
    assert parsed.numbers == [(at("2026-03-10T21:05"), "Sleep", 8)]
    assert (parsed.total, parsed.unreadable, parsed.unmapped_moods) == (3, [], {})


def test_scales_are_numbers() -> None:
    """Each part of the cell is the first number after its name. A part without a number is none."""
    scales = "Sleep:\u00a07.5 h | Energy: 2/5 | Plan: none | 💤: 3"
    parsed = parse(f"full_date,time,mood,scales\n2026-03-10,21:05,rad,{scales}\n".encode())

    assert [(number.name, number.value) for number in parsed.numbers] == [("Sleep", 7.5), ("Energy", 2)]
    assert [fault.reason for fault in parsed.unreadable] == ["the name of a number has no letter"]
    assert (parsed.total, len(parsed.entries)) == (1, 1)


def test_an_iphone_export_with_a_12_hour_clock() -> None:
    """An iPhone writes a narrow no-break space before AM and PM. Notes may have several lines."""
    rows = parse(read("iphone.csv")).entries

    assert [entry.when for entry in rows] == [at("2025-11-02T00:04"), at("2025-11-01T15:05")]
    assert [entry.note for entry in rows] == [
        "Home after midnight.",
        "Rain\n\nFirst line\nsecond line",
    ]


def test_an_older_export_without_note_titles() -> None:
    """Seven columns. A repeated activity counts once, and an empty one is ignored."""
    rows = parse(read("older.csv")).entries

    assert [entry.when for entry in rows] == [at("2018-05-18T23:54"), at("2018-05-17T22:21")]
    assert rows[0].factors == ("clean", "cook")
    assert rows[0].note == "Three guests, one pan."


def test_an_export_without_notes() -> None:
    """Six columns: no entry has a note."""
    assert [entry.note for entry in parse(read("without_notes.csv")).entries] == [None, None]


def test_an_export_saved_again_by_a_spreadsheet() -> None:
    """The file has semicolons, a heading in capitals, day-first dates, seconds, CRLF and an empty row."""
    parsed = parse(read("resaved_in_a_spreadsheet.csv"))

    assert [(entry.when, entry.mood, entry.note) for entry in parsed.entries] == [
        (at("2021-09-28T15:05"), "happy", "Faster; lighter"),
        (at("2021-09-03T07:00"), "okay", None),
    ]
    assert parsed.total == 2


def test_a_file_with_a_date_that_can_only_be_month_first() -> None:
    """That date decides how all dates of the file are read."""
    rows = parse(read("month_first.csv")).entries

    assert [entry.when for entry in rows] == [at("2021-09-28T15:05"), at("2021-09-03T07:00")]


def test_custom_moods_without_a_mapping() -> None:
    """A mood with the name of one of Mend's is used. Any other is reported once, and its lines are not imported."""
    parsed = parse(read("own_moods.csv"))

    assert [(entry.line, entry.mood, entry.intensity) for entry in parsed.entries] == [(5, "grateful", 5)]
    assert parsed.unmapped_moods == {"Blah": 2, "Fantastic!": 1}
    assert (parsed.total, parsed.unreadable) == (4, [])


def test_an_unreadable_line_does_not_affect_the_others() -> None:
    """Each is an error with the number of its first line. All others are imported."""
    parsed = parse(read("broken.csv"))

    assert [(line.line, line.reason) for line in parsed.unreadable] == [
        (2, "full_date cannot be read"),
        (3, "time cannot be read"),
        (4, "mood cannot be read"),
        (7, "the line has more cells than the heading"),
        (8, "a quote is not closed or not doubled, or a cell is far too long"),
        (9, "the line contains a NUL or a byte that is not UTF-8"),
        (12, "time cannot be read"),
    ]
    assert [entry.line for entry in parsed.entries] == [5, 10, 13]
    assert parsed.total == 10


def test_daylios_five_moods_keep_their_order() -> None:
    """Valence times intensity falls from the best to the worst of Daylio's scale."""
    weights = [MOODS[target.mood].valence * target.intensity for target in DAYLIO_MOODS.values()]

    assert list(DAYLIO_MOODS) == ["rad", "good", "meh", "bad", "awful"]
    assert weights == sorted(weights, reverse=True)


def test_a_mapping_names_a_mood_and_optionally_an_intensity() -> None:
    """Case and outer spaces are ignored. The mapping has priority over a mood of the same name."""
    mapping = {"blah": "bored:7", " FANTASTIC! ": "Excited", "grateful": "loved:10"}

    parsed = parse(read("own_moods.csv"), mapping)

    assert [(entry.mood, entry.intensity) for entry in parsed.entries] == [
        ("bored", 7),
        ("excited", 5),
        ("bored", 7),
        ("loved", 10),
    ]
    assert parsed.unmapped_moods == {}


@pytest.mark.parametrize("target", ["", "rad", "bored:", "bored:0", "bored:11", "bored:x", "bored:7:7"])
def test_a_mapping_to_an_unknown_mood_is_refused(target: str) -> None:
    """The whole file is refused. The message does not repeat the mapping."""
    with pytest.raises(BadMapping, match=r"^Map each mood to one of Mend's"):
        parse(read("own_moods.csv"), {"Blah": target})


@pytest.mark.parametrize("date", ["2021-09-08", "08-09-2021", "08/09/2021", "8.9.2021", " 2021/9/8 "])
def test_the_formats_of_a_date(date: str) -> None:
    """Year first or day first, with dashes, slashes or dots."""
    assert [entry.when for entry in parse_rows(row(date))] == [at("2021-09-08T20:00")]


@pytest.mark.parametrize(
    ("dates", "read_as"),
    [
        (["03/04/2021"], ["2021-04-03"]),
        (["03/04/2021", "09/28/2021"], ["2021-03-04", "2021-09-28"]),
        (["03/04/2021", "09/28/2021", "28/09/2021"], ["2021-04-03", "2021-09-28"]),
        (["03/04/2021", "40/40/2021", "04/99/2021"], ["2021-04-03"]),
    ],
)
def test_a_file_is_month_first_only_if_no_date_is_day_first(dates: list[str], read_as: list[str]) -> None:
    """Undecided or contradictory files are read day first, and dates that do not fit are errors."""
    assert [entry.when.date().isoformat() for entry in parse_rows(*map(row, dates))] == read_as


@pytest.mark.parametrize(
    ("dates", "orders", "day", "order"),
    [
        (["03/04/2021"], DateOrders(), "2021-04-03", "day_first"),
        (["03/04/2021"], DateOrders(usual=usual_order("en-US")), "2021-03-04", "month_first"),
        (["03/04/2021"], DateOrders(usual=usual_order("en-GB")), "2021-04-03", "day_first"),
        (["03/04/2021", "28/09/2021"], DateOrders(usual="month_first"), "2021-04-03", "day_first"),
        (["03/04/2021", "28/09/2021"], DateOrders("month_first"), "2021-03-04", "month_first"),
        (["2021-03-04"], DateOrders("month_first"), "2021-03-04", None),
    ],
)
def test_a_file_that_decides_nothing_is_read_in_the_usual_order(
    dates: list[str], orders: DateOrders, day: str, order: str | None
) -> None:
    """That of the person's locale, unless the person has named one. The answer tells which it was."""
    diary = parse((HEADING + "".join(map(row, dates))).encode(), orders=orders)

    assert (diary.entries[0].when.date().isoformat(), diary.date_order) == (day, order)


def test_a_date_with_a_time_decides_as_well() -> None:
    """As spreadsheets write both into one cell."""
    table = b"Day;Feeling\n03/04/2021 08:00;happy\n03/28/2021 08:00;happy\n"

    diary = parse(table, columns={"date": "Day", "mood": "Feeling"})

    assert [entry.when.date().isoformat() for entry in diary.entries] == ["2021-03-04", "2021-03-28"]


@pytest.mark.parametrize("date", ["", "yesterday", "2021-02-29", "0000-01-01", "21-09-28", "2021-09"])
def test_an_invalid_date(date: str) -> None:
    """A day that does not exist in the calendar is an error of its line."""
    assert parse_rows(row(date)) == []


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("15:05", "15:05"),
        ("3:05 PM", "15:05"),
        ("03:05 pm", "15:05"),
        ("3:05 p.m.", "15:05"),
        ("3:05 p. m.", "15:05"),
        ("3:05\u202fPM", "15:05"),
        ("3:05\u00a0p.\u00a0m.", "15:05"),
        ("3:05pm", "15:05"),
        ("15.05", "15:05"),
        ("12:00 AM", "00:00"),
        ("12:00 PM", "12:00"),
        ("0:10 am", "00:10"),
        ("7:05", "07:05"),
        ("3:05:09 PM", "15:05:09"),
    ],
)
def test_the_formats_of_a_time(time: str, expected: str) -> None:
    """24 or 12 hours, with the spaces and dots that phones write."""
    assert [entry.when for entry in parse_rows(row(time=time))] == [at(f"2026-03-01T{expected}")]


@pytest.mark.parametrize("time", ["", "24:00", "12:60", "13:00 pm", "noon", "7", "1530", "7:05 xm"])
def test_an_invalid_time(time: str) -> None:
    """A time that does not exist is an error of its line."""
    assert parse_rows(row(time=time)) == []


def test_only_line_breaks_and_hard_spaces_are_markup() -> None:
    """Daylio writes `<br>` and `&nbsp;`. Everything else that looks like a tag is text of the person."""
    [entry] = parse_rows(row(note="one<br>two<BR />three&nbsp;four <3 <b>five</b> &amp; six\r\nseven"))

    assert entry.note == "one\ntwo\nthree four <3 <b>five</b> &amp; six\nseven"


def test_a_note_has_the_maximum_length_of_a_check_in() -> None:
    """The limit applies to the note as stored. The error names the limit, never the text."""
    parsed = parse((HEADING + row(note="n" * MAX_NOTE + "<br>") + row(note="n" * (MAX_NOTE + 1))).encode())

    assert [len(entry.note or "") for entry in parsed.entries] == [MAX_NOTE]
    assert [(line.line, line.reason) for line in parsed.unreadable] == [(3, "note is longer than 4,000 characters")]


@pytest.mark.parametrize(
    ("activities", "is_read"),
    [
        (" | ".join(f"a{n}" for n in range(MAX_FACTORS)), True),
        (" | ".join(f"a{n}" for n in range(MAX_FACTORS + 1)), False),
        ("a" * MAX_FACTOR, True),
        ("a" * (MAX_FACTOR + 1), False),
    ],
)
def test_activities_have_the_limits_of_the_factors_of_a_check_in(activities: str, is_read: bool) -> None:  # noqa: FBT001 - a case
    """An import must not store what a check-in refuses. The line is reported, without its text."""
    parsed = parse((HEADING + row(activities=activities)).encode())

    assert bool(parsed.entries) is is_read
    assert [line.reason for line in parsed.unreadable] == [
        "activities are more than 30, or one is longer than 80 characters"
    ] * (not is_read)


def test_a_file_has_a_maximum_number_of_lines() -> None:
    """Small lines could otherwise make an answer that is much larger than the file."""
    assert parse((HEADING + "1,1,1\n" * MAX_LINES).encode()).total == MAX_LINES
    with pytest.raises(TooManyLines):
        parse((HEADING + "1,1,1\n" * (MAX_LINES + 1)).encode())


def test_ids_do_not_depend_on_format_or_order() -> None:
    """The same entries get the same ids, so importing them twice adds nothing."""
    first = parse_rows(row(time="20:00"), row("2026-03-02", "8:15", "rad"))
    second = parse_rows(row("02/03/2026", "8:15 AM", "Rad "), row("01/03/2026", "8:00 PM"))

    assert [entry.id for entry in reversed(second)] == [entry.id for entry in first]


def test_two_equal_lines_are_two_entries() -> None:
    """The same mood twice in a minute counts twice."""
    rows = parse_rows(row(), row())

    assert len({entry.id for entry in rows}) == 2


def test_an_edit_in_daylio_keeps_the_id() -> None:
    """A changed note, a changed mapping or an unreadable neighbour gives a line no other id."""
    before = parse(f"{HEADING}{row(mood='Blah')}".encode(), {"Blah": "bored"}).entries
    after = parse(f"{HEADING}{row(mood='Blah', note='edited')}".encode(), {"Blah": "calm"}).entries
    [second] = parse_rows(row(note="n" * 5_000), row())

    assert [entry.id for entry in after] == [entry.id for entry in before]
    assert second.id == parse_rows(row(), row())[1].id


def test_another_day_minute_or_mood_is_another_entry() -> None:
    """Each of them gives another id."""
    rows = parse_rows(row(), row("2026-03-02"), row(time="20:01"), row(mood="bad"))

    assert len({entry.id for entry in rows}) == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_encodings_of_a_file(encoding: str) -> None:
    """UTF-8 with or without a byte order mark, and UTF-16 with one."""
    [entry] = parse((HEADING + row(note="café 🌧")).encode(encoding)).entries

    assert entry.note == "café 🌧"


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"date,flow\n2026-01-01,light\n", b"PK\x03\x04\r\n"],
)
def test_a_file_of_another_kind_is_refused(data: bytes) -> None:
    """The whole file is refused if its first line is not that of Daylio."""
    with pytest.raises(UnknownFormat, match=r"^Your file is of no app that Mend knows"):
        parse(data)


@pytest.mark.parametrize("data", [b"\xff\xfef", b"\xff\xfe\x00\xd8"])
def test_a_file_that_only_begins_like_text_is_refused(data: bytes) -> None:
    with pytest.raises(NoText):
        parse(data)


def test_a_byte_that_is_not_utf_8_is_an_error_of_its_line() -> None:
    """Where others show that the file is in UTF-8. They are imported."""
    parsed = parse((HEADING + row(note="müde")).encode() + row(note="café").encode("latin-1"))

    assert [entry.note for entry in parsed.entries] == ["müde"]
    assert [line.line for line in parsed.unreadable] == [3]
    assert parsed.encoding == "utf-8"


@pytest.mark.parametrize(
    "note", ["Schöner Tag, müde", "Übermüdet \u2013 „genug“", "journée créée, ça va", "¿Qué tal? 3 ½ h, 20 €"]
)
def test_a_file_as_excel_saves_it_in_western_europe(note: str) -> None:
    """No line is lost, and the answer tells the encoding."""
    parsed = parse((HEADING + row(note=note)).encode("cp1252"))

    assert [entry.note for entry in parsed.entries] == [note]
    assert (parsed.unreadable, parsed.encoding) == ([], "windows-1252")


@pytest.mark.parametrize(
    ("note", "encoding"),
    [
        ("zażółć gęślą jaźń", "cp1250"),
        ("głowa", "cp1250"),
        ("музыка", "cp1251"),
        ("μουσική", "cp1253"),
        ("yağmurlu", "cp1254"),
        ("müde", "mac_roman"),
        ("音楽を聞いた", "shift_jis"),
        ("ดนตรี", "cp874"),
    ],
)
def test_a_file_in_another_old_encoding_is_refused(note: str, encoding: str) -> None:
    """Wrong letters would be worse than an error that says how to save it."""
    with pytest.raises(NotUtf8):
        parse((HEADING + row(note=note)).encode(encoding))


def test_an_error_never_contains_text_of_the_file() -> None:
    """Errors may reach logs; moods and notes never do."""
    secret = "zebra"
    broken = [
        row(secret),
        row(time=secret),
        row(note=secret * 1_000),
        row(note=f'{secret}"{secret}'),
        row(note=f"{secret}\0"),
        row()[:-1] + f",{secret}\n",
        row(note=secret * 30_000),
    ]

    parsed = parse((HEADING + "".join(broken)).encode())

    assert len(parsed.unreadable) == len(broken)
    assert not any(secret in line.reason for line in parsed.unreadable)


@given(
    st.sampled_from([b"", HEADING.encode(), OWN_HEADING.encode(), b"\xef\xbb\xbf" + OWN_HEADING.encode()]),
    st.binary() | st.text(st.sampled_from("0123456789-/: \"',;|\r\n\0\u0663apm")).map(str.encode),
)
@example(HEADING.encode(), b'"')
def test_any_bytes_are_read_or_refused(heading: bytes, body: bytes) -> None:
    """No input raises another error, and every line is counted."""
    try:
        parsed = parse(heading + body)
    except NotUtf8:
        return
    except ImportRefused:
        assert not heading
    else:
        assert parsed.total >= len(parsed.entries) + len(parsed.unreadable) + len(parsed.unmapped_moods)


class DaylioEntry(NamedTuple):
    when: datetime
    mood: str
    factors: tuple[str, ...]
    title: str
    note: str

    @property
    def joined_note(self) -> str | None:
        return "\n\n".join(filter(None, (self.title, self.note))) or None


class Format(NamedTuple):
    delimiter: str
    columns: tuple[str, ...]
    date: str
    time: str
    newline: str
    encoding: str


def words(characters: str) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(characters), max_size=12).map(str.strip)


entries = st.builds(
    DaylioEntry,
    when=st.integers(0, 10**7).map(lambda minutes: at("2010-01-01") + timedelta(minutes=minutes)),
    mood=st.sampled_from(sorted(MOODS)),
    factors=st.lists(words("ab é,;\"'").filter(bool), max_size=3, unique=True).map(tuple),
    title=words("ab é,;\"'<|"),
    note=words("ab é,;\"'<|\n🌧"),
)
formats = st.builds(
    Format,
    delimiter=st.sampled_from(",;"),
    columns=st.sampled_from([DAYLIO_COLUMNS, (*DAYLIO_COLUMNS[:6], "note"), DAYLIO_COLUMNS[:6]])
    .flatmap(st.permutations)
    .map(tuple),
    date=st.sampled_from(["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%m/%d/%Y"]),
    time=st.sampled_from(["%H:%M", "%I:%M %p", "%I:%M\u202f%p"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)


def daylio_file(entries: list[DaylioEntry], style: Format) -> bytes:
    out = io.StringIO(newline="")
    table = csv.DictWriter(
        out,
        style.columns,
        delimiter=style.delimiter,
        lineterminator=style.newline,
        quoting=csv.QUOTE_ALL,
        extrasaction="ignore",
    )
    table.writeheader()
    for entry in entries:
        table.writerow(
            {
                "full_date": entry.when.strftime(style.date),
                "date": entry.when.strftime("%B %d"),
                "weekday": entry.when.strftime("%A"),
                "time": entry.when.strftime(style.time),
                "mood": f"{entry.mood.upper()} ",
                "activities": " | ".join(entry.factors),
                "note_title": entry.title,
                "note": entry.note,
            }
        )
    return out.getvalue().encode(style.encoding)


@given(st.lists(entries, max_size=6), formats)
def test_every_format_gives_the_same_entries(originals: list[DaylioEntry], style: Format) -> None:
    """Delimiter, columns, their order, dates, times, line ends and encoding make no difference."""
    has_month_first_date = any(entry.when.day > 12 for entry in originals)
    assume(style.date != "%m/%d/%Y" or has_month_first_date)
    has_title, has_note = "note_title" in style.columns, "note" in style.columns
    expected = [entry if has_title else entry._replace(title="") for entry in originals]
    expected = [entry if has_note else entry._replace(note="") for entry in expected]

    parsed = parse(daylio_file(originals, style))

    assert [(entry.when, entry.mood, entry.factors, entry.note) for entry in parsed.entries] == [
        (entry.when, entry.mood, entry.factors, entry.joined_note) for entry in expected
    ]
    assert (parsed.unreadable, parsed.unmapped_moods, parsed.total) == ([], {}, len(originals))
