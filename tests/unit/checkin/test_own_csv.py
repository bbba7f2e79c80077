"""The export opens anywhere, runs nothing, and comes back as it went."""

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.checkin.formats.daylio import ImportedRow, parse
from functions.checkin.formats.own_csv import HEADING, ExportEntry, csv_lines
from shared.moods import MOODS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ID = UUID("0193a5c2-7b1e-7d3f-8a4b-5c6d7e8f9a0b")
ZONES = ["UTC", "Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Etc/GMT+5"]
TRICKS = [
    "'",
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    '"',
    ",",
    ";",
    "|",
    " | ",
    "\\",
    "<br>",
    "&nbsp;",
    " ",
    "\ufeff",
    "\u2028",
]

plain_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=80)
tricky_text = st.lists(st.sampled_from(TRICKS) | plain_text, min_size=1, max_size=8).map("".join)
texts = plain_text | tricky_text
entries = st.builds(
    ExportEntry,
    id=st.uuids(),
    occurred_at=st.integers(-(10**15), 4 * 10**15).map(lambda n: EPOCH + timedelta(microseconds=n)),
    timezone=st.sampled_from(ZONES),
    mood=st.sampled_from(sorted(MOODS)),
    intensity=st.integers(1, 10),
    note=st.none() | texts,
    factors=st.lists(texts, max_size=4, unique=True).map(tuple),
)


def entry(note: str | None = None, factors: tuple[str, ...] = ()) -> ExportEntry:
    noon = datetime(2021, 9, 28, 22, 30, tzinfo=UTC)
    return ExportEntry(ID, noon, "Asia/Kathmandu", "sad", 7, note, factors)


def exported(*entries: ExportEntry) -> bytes:
    return (HEADING + csv_lines(entries)).encode()


def as_exported(row: ImportedRow) -> ExportEntry:
    instant = row.when.astimezone(UTC)
    return ExportEntry(row.id, instant, str(row.when.tzinfo), row.mood, row.intensity, row.note, row.factors)


def as_a_spreadsheet_reads(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@given(st.lists(entries, max_size=5))
@example([entry("'=1+1", ("\\\\", "\\|", " | ", " ", "'"))])
def test_what_was_exported_comes_back_as_it_was(originals: list[ExportEntry]) -> None:
    """Export, then import: every field of every entry is as it was, to the character."""
    parsed = parse(exported(*originals))

    assert [as_exported(row) for row in parsed.rows] == originals
    assert parsed.total == len(originals)
    assert (parsed.errors, parsed.unmapped_moods) == ([], [])


@given(entries)
def test_no_cell_starts_like_a_formula(original: ExportEntry) -> None:
    """Whatever a person wrote, a spreadsheet that opens the file takes every cell for text."""
    [row] = as_a_spreadsheet_reads(exported(original))

    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())


def test_a_reader_of_daylio_files_finds_its_eight_columns_first() -> None:
    """The first eight columns are Daylio's, filled as Daylio fills them, in the person's wall time."""
    [row] = as_a_spreadsheet_reads(exported(entry("It rained.", ("work", "poor sleep"))))

    assert list(row.items()) == [
        ("full_date", "2021-09-29"),
        ("date", "September 29"),
        ("weekday", "Wednesday"),
        ("time", "04:15"),
        ("mood", "sad"),
        ("activities", "work | poor sleep"),
        ("note_title", ""),
        ("note", "It rained."),
        ("id", str(ID)),
        ("intensity", "7"),
        ("occurred_at", "2021-09-29T04:15:00+05:45"),
        ("timezone", "Asia/Kathmandu"),
    ]


def test_the_file_announces_its_encoding() -> None:
    """Excel takes a file for UTF-8 only if a byte order mark says so."""
    assert exported().startswith(b"\xef\xbb\xbffull_date,")


def test_both_passes_of_a_repeated_hour_come_back_apart() -> None:
    """In the hour that clocks show twice, the offset tells the first pass from the second."""
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    passes = [
        ExportEntry(ID, first + timedelta(hours=hours), "America/New_York", "calm", 5, None, ()) for hours in (0, 1)
    ]

    rows = parse(exported(*passes)).rows

    assert [row.when.astimezone(UTC) - first for row in rows] == [timedelta(0), timedelta(hours=1)]


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("id", "7"),
        ("intensity", "11"),
        ("intensity", "\u0667"),
        ("occurred_at", "2021-09-29T04:15:00"),
        ("occurred_at", "0001-01-01T00:00:00+14:00"),
        ("timezone", "Asia"),
        ("timezone", "../etc/passwd"),
        ("timezone", ""),
    ],
)
def test_a_cell_changed_by_hand_is_that_line_s_error(column: str, written: str) -> None:
    """What no longer reads is named by line and column, without its content; the next row still counts."""
    cells = as_a_spreadsheet_reads(exported(entry()))[0]
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, cells)
    table.writeheader()
    table.writerows([cells | {column: written}, cells])

    parsed = parse(out.getvalue().encode())

    assert [(error.line, error.msg) for error in parsed.errors] == [(2, f"{column} cannot be read")]
    assert [as_exported(row) for row in parsed.rows] == [entry()]


def test_the_file_still_reads_with_columns_removed_and_moved() -> None:
    """Someone who drops the notes and sorts the columns before moving house still moves everything else."""
    cells = as_a_spreadsheet_reads(exported(entry("private", ("work",))))[0]
    del cells["note"]
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, sorted(cells), delimiter=";")
    table.writeheader()
    table.writerow(cells)

    assert [as_exported(row) for row in parse(out.getvalue().encode()).rows] == [entry(None, ("work",))]
