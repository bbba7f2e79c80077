"""A Daylio export is read whole, whatever phone, language or spreadsheet it went through."""

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from functions.checkin.formats.daylio import (
    DAYLIO_MOODS,
    LONGEST_NOTE,
    BadMapping,
    ImportedRow,
    NotADaylioExport,
    parse,
)
from functions.checkin.formats.own_csv import DAYLIO_COLUMNS, OWN_COLUMNS
from shared.moods import MOODS

SAMPLES = Path(__file__).parents[2] / "data" / "daylio"
HEADING = ",".join(DAYLIO_COLUMNS) + "\n"
OWN_HEADING = ",".join(DAYLIO_COLUMNS + OWN_COLUMNS) + "\n"


def read(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def row(date: str = "2026-03-01", time: str = "20:00", mood: str = "good", note: str = "") -> str:
    return f'{date},,,{time},{mood},,,"{note}"\n'


def parse_rows(*rows: str) -> list[ImportedRow]:
    return parse((HEADING + "".join(rows)).encode()).rows


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_an_android_export_with_scales() -> None:
    """Nine columns behind a byte order mark: no scales, one note with its title, tags as text."""
    parsed = parse(read("android.csv"))

    assert [(found.line, found.when, found.mood, found.intensity) for found in parsed.rows] == [
        (2, at("2026-03-10T21:05"), "joyful", 8),
        (3, at("2026-03-10T08:30"), "okay", 5),
        (4, at("2026-03-09T23:59"), "sad", 9),
    ]
    assert parsed.rows[0].factors == ("baking", "family", "home")
    assert parsed.rows[0].note == 'Sunday bread\n\nGran said "never again" and laughed.\nA walk after.'
    assert parsed.rows[1].note is None
    assert (parsed.total, parsed.errors, parsed.unmapped_moods) == (3, [], [])


def test_an_iphone_export_with_a_12_hour_clock() -> None:
    """A narrow no-break space parts the time from AM and PM on iOS; notes may run over lines."""
    rows = parse(read("iphone.csv")).rows

    assert [found.when for found in rows] == [at("2025-11-02T00:04"), at("2025-11-01T15:05")]
    assert [found.note for found in rows] == [
        "Home after midnight.",
        "Rain\n\nFirst line\nsecond line",
    ]


def test_an_older_export_without_note_titles() -> None:
    """Seven columns; an activity named twice counts once, an empty one not at all."""
    rows = parse(read("older.csv")).rows

    assert [found.when for found in rows] == [at("2018-05-18T23:54"), at("2018-05-17T22:21")]
    assert rows[0].factors == ("clean", "cook")
    assert rows[0].note == "Three guests, one pan."


def test_an_export_without_notes() -> None:
    """Six columns: every entry comes without a note."""
    assert [found.note for found in parse(read("without_notes.csv")).rows] == [None, None]


def test_an_export_saved_again_by_a_spreadsheet() -> None:
    """Semicolons, capitals in the heading, day-first dates, seconds, CRLF and an empty row."""
    parsed = parse(read("resaved_in_a_spreadsheet.csv"))

    assert [(found.when, found.mood, found.note) for found in parsed.rows] == [
        (at("2021-09-28T15:05"), "happy", "Faster; lighter"),
        (at("2021-09-03T07:00"), "okay", None),
    ]
    assert parsed.total == 2


def test_a_file_that_can_only_be_month_first() -> None:
    """One date that proves it decides how the others in the file are read."""
    rows = parse(read("month_first.csv")).rows

    assert [found.when for found in rows] == [at("2021-09-28T15:05"), at("2021-09-03T07:00")]


def test_moods_of_a_persons_own() -> None:
    """A mood named like one of ours is ours; any other is asked about once, and its rows wait."""
    parsed = parse(read("own_moods.csv"))

    assert [(found.line, found.mood, found.intensity) for found in parsed.rows] == [(5, "grateful", 5)]
    assert parsed.unmapped_moods == ["Blah", "Fantastic!"]
    assert (parsed.total, parsed.errors) == (4, [])


def test_a_broken_row_never_sinks_another() -> None:
    """Each row that cannot be read is an error of its first line; all others are imported."""
    parsed = parse(read("broken.csv"))

    assert [(error.line, error.msg) for error in parsed.errors] == [
        (2, "full_date cannot be read"),
        (3, "time cannot be read"),
        (4, "mood cannot be read"),
        (7, "the row has more cells than there are columns"),
        (8, "a quote is not closed or not doubled, or a cell is far too long"),
        (9, "the row holds a NUL or a byte that is not UTF-8"),
        (12, "time cannot be read"),
    ]
    assert [found.line for found in parsed.rows] == [5, 10, 13]
    assert parsed.total == 10


def test_daylios_five_go_from_best_to_worst() -> None:
    """Daylio's own scale keeps its order: pleasantness, weighed by intensity, only falls."""
    weights = [MOODS[target.mood].valence * target.intensity for target in DAYLIO_MOODS.values()]

    assert list(DAYLIO_MOODS) == ["rad", "good", "meh", "bad", "awful"]
    assert weights == sorted(weights, reverse=True)


def test_a_mapping_names_a_mood_and_if_wished_an_intensity() -> None:
    """Case and outer spaces do not matter, and the mapping wins over what a name would mean."""
    mapping = {"blah": "bored:7", " FANTASTIC! ": "Excited", "grateful": "loved:10"}

    parsed = parse(read("own_moods.csv"), mapping)

    assert [(found.mood, found.intensity) for found in parsed.rows] == [
        ("bored", 7),
        ("excited", 5),
        ("bored", 7),
        ("loved", 10),
    ]
    assert parsed.unmapped_moods == []


@pytest.mark.parametrize("target", ["", "rad", "bored:", "bored:0", "bored:11", "bored:x", "bored:7:7"])
def test_a_mapping_to_nothing_of_ours_is_refused(target: str) -> None:
    """A wrong mapping is told, without repeating it, before a row is read."""
    with pytest.raises(BadMapping, match=r"^A mood maps to one of ours"):
        parse(read("own_moods.csv"), {"Blah": target})


@pytest.mark.parametrize("date", ["2021-09-08", "08-09-2021", "08/09/2021", "8.9.2021", " 2021/9/8 "])
def test_the_ways_a_date_is_written(date: str) -> None:
    """Year first or day first, with dashes, slashes or dots."""
    assert [found.when for found in parse_rows(row(date))] == [at("2021-09-08T20:00")]


@pytest.mark.parametrize(
    ("dates", "read_as"),
    [
        (["03/04/2021"], ["2021-04-03"]),
        (["03/04/2021", "09/28/2021"], ["2021-03-04", "2021-09-28"]),
        (["03/04/2021", "09/28/2021", "28/09/2021"], ["2021-04-03", "2021-09-28"]),
        (["03/04/2021", "40/40/2021", "04/99/2021"], ["2021-04-03"]),
    ],
)
def test_a_file_is_month_first_only_when_nothing_speaks_against_it(dates: list[str], read_as: list[str]) -> None:
    """Undecided or contradictory files are day first; the dates that do not fit are errors."""
    assert [found.when.date().isoformat() for found in parse_rows(*map(row, dates))] == read_as


@pytest.mark.parametrize("date", ["", "yesterday", "2021-02-29", "0000-01-01", "21-09-28", "2021-09"])
def test_what_is_no_date(date: str) -> None:
    """A day that the calendar lacks is an error like any other nonsense."""
    assert parse_rows(row(date)) == []


@pytest.mark.parametrize(
    ("time", "shown"),
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
def test_the_ways_a_time_is_written(time: str, shown: str) -> None:
    """24 or 12 hours, with the spaces and dots that phones put in."""
    assert [found.when for found in parse_rows(row(time=time))] == [at(f"2026-03-01T{shown}")]


@pytest.mark.parametrize("time", ["", "24:00", "12:60", "13:00 pm", "noon", "7", "1530", "7:05 xm"])
def test_what_is_no_time(time: str) -> None:
    """A time that no clock shows is an error of its line."""
    assert parse_rows(row(time=time)) == []


def test_only_breaks_and_hard_spaces_are_taken_for_markup() -> None:
    """`<br>` and `&nbsp;` are Daylio's; everything else that looks like a tag is what a person typed."""
    [found] = parse_rows(row(note="one<br>two<BR />three&nbsp;four <3 <b>five</b> &amp; six\r\nseven"))

    assert found.note == "one\ntwo\nthree four <3 <b>five</b> &amp; six\nseven"


def test_a_note_may_be_as_long_as_ours() -> None:
    """The limit holds for the note as it would be stored; the error names the limit, never the text."""
    parsed = parse((HEADING + row(note="n" * LONGEST_NOTE + "<br>") + row(note="n" * (LONGEST_NOTE + 1))).encode())

    assert [len(found.note or "") for found in parsed.rows] == [LONGEST_NOTE]
    assert [(error.line, error.msg) for error in parsed.errors] == [(3, "note is longer than 4,000 characters")]


def test_importing_twice_adds_nothing() -> None:
    """The same entries have the same ids, in whatever format and order the phone wrote them this time."""
    first = parse_rows(row(time="20:00"), row("2026-03-02", "8:15", "rad"))
    again = parse_rows(row("02/03/2026", "8:15 AM", "Rad "), row("01/03/2026", "8:00 PM"))

    assert [found.id for found in reversed(again)] == [found.id for found in first]


def test_two_alike_rows_are_two_entries() -> None:
    """The same mood twice in a minute was felt twice."""
    rows = parse_rows(row(), row())

    assert len({found.id for found in rows}) == 2


def test_an_edit_in_daylio_is_no_second_entry() -> None:
    """A changed note, a new mapping or a neighbour that fails: none gives a row another id."""
    before = parse(f"{HEADING}{row(mood='Blah')}".encode(), {"Blah": "bored"}).rows
    after = parse(f"{HEADING}{row(mood='Blah', note='edited')}".encode(), {"Blah": "calm"}).rows
    [second] = parse_rows(row(note="n" * 5_000), row())

    assert [found.id for found in after] == [found.id for found in before]
    assert second.id == parse_rows(row(), row())[1].id


def test_another_minute_or_mood_is_another_entry() -> None:
    """Moments differ by day, by time and by mood."""
    rows = parse_rows(row(), row("2026-03-02"), row(time="20:01"), row(mood="bad"))

    assert len({found.id for found in rows}) == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_encodings_that_announce_themselves(encoding: str) -> None:
    """UTF-8 with or without a mark, and UTF-16 with one."""
    [found] = parse((HEADING + row(note="café 🌧")).encode(encoding)).rows

    assert found.note == "café 🌧"


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"date,flow\n2026-01-01,light\n", b"\xff\xfef", b"\xff\xfe\x00\xd8", b"\x89PNG\r\n"],
)
def test_what_is_no_daylio_export_is_refused(data: bytes) -> None:
    """A file whose first line is not Daylio's is refused as a whole."""
    with pytest.raises(NotADaylioExport, match=r"^The file is not a Daylio CSV export"):
        parse(data)


def test_a_byte_that_is_not_utf_8_costs_its_row_only() -> None:
    """A file that one program wrote in another encoding is read as far as it can be."""
    parsed = parse((HEADING + row(note="caf")).encode() + row(note="café").encode("latin-1"))

    assert [found.note for found in parsed.rows] == ["caf"]
    assert [error.line for error in parsed.errors] == [3]


def test_an_error_never_repeats_what_was_written() -> None:
    """Errors travel to logs and screens; what a person felt and wrote does not."""
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

    assert len(parsed.errors) == len(broken)
    assert not any(secret in error.msg for error in parsed.errors)


@given(
    st.sampled_from([b"", HEADING.encode(), OWN_HEADING.encode(), b"\xef\xbb\xbf" + OWN_HEADING.encode()]),
    st.binary() | st.text(st.sampled_from("0123456789-/: \"',;|\r\n\0\u0663apm")).map(str.encode),
)
@example(HEADING.encode(), b'"')
def test_any_bytes_are_read_or_refused(heading: bytes, body: bytes) -> None:
    """Nothing that is sent can end in a crash, and every row is accounted for."""
    try:
        parsed = parse(heading + body)
    except NotADaylioExport:
        assert not heading
    else:
        assert parsed.total >= len(parsed.rows) + len(parsed.errors) + len(parsed.unmapped_moods)


class Entry(NamedTuple):
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
    Entry,
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


def as_daylio_writes(entries: list[Entry], style: Format) -> bytes:
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
def test_every_format_of_an_export_reads_the_same(originals: list[Entry], style: Format) -> None:
    """Delimiter, columns and their order, dates, times, line ends and encoding make no difference."""
    month_first_is_proven = any(entry.when.day > 12 for entry in originals)
    assume(style.date != "%m/%d/%Y" or month_first_is_proven)
    titled, noted = "note_title" in style.columns, "note" in style.columns
    expected = [entry if titled else entry._replace(title="") for entry in originals]
    expected = [entry if noted else entry._replace(note="") for entry in expected]

    parsed = parse(as_daylio_writes(originals, style))

    assert [(found.when, found.mood, found.factors, found.note) for found in parsed.rows] == [
        (entry.when, entry.mood, entry.factors, entry.joined_note) for entry in expected
    ]
    assert (parsed.errors, parsed.unmapped_moods, parsed.total) == ([], [], len(originals))
