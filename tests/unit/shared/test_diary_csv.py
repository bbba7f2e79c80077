"""The export is safe in every spreadsheet, and an import of it restores every entry exactly."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.checkin.formats.diary import DiaryEntry
from functions.checkin.formats.diary_file import parse
from functions.checkin.models import MAX_FACTOR
from shared.diary_csv import HEADING, ExportEntry, csv_lines
from shared.moods import MOODS
from shared.visible import is_visible

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FULL_WIDTH = ("\uff1d", "\uff0b", "\uff0d", "\uff20")
ID = UUID("0193a5c2-7b1e-7d3f-8a4b-5c6d7e8f9a0b")
ZONES = ["UTC", "Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Etc/GMT+5"]
HARD_TO_QUOTE = [
    "'",
    "=",
    "+",
    "-",
    "@",
    *FULL_WIDTH,
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
hard_text = st.lists(st.sampled_from(HARD_TO_QUOTE) | plain_text, min_size=1, max_size=8).map("".join)
texts = plain_text | hard_text
entries = st.builds(
    ExportEntry,
    id=st.uuids(),
    occurred_at=st.integers(-(10**15), 4 * 10**15).map(lambda n: EPOCH + timedelta(microseconds=n)),
    timezone=st.sampled_from(ZONES),
    mood=st.sampled_from(sorted(MOODS)),
    intensity=st.integers(1, 10),
    note=st.none() | texts.filter(is_visible),
    factors=st.lists(texts.filter(lambda text: len(text) <= MAX_FACTOR), max_size=4, unique=True).map(tuple),
)


def entry(note: str | None = None, factors: tuple[str, ...] = ()) -> ExportEntry:
    noon = datetime(2021, 9, 28, 22, 30, tzinfo=UTC)
    return ExportEntry(ID, noon, "Asia/Kathmandu", "sad", 7, note, factors)


def exported(*entries: ExportEntry) -> bytes:
    return (HEADING + csv_lines(entries)).encode()


def as_exported(row: DiaryEntry) -> ExportEntry:
    instant = row.when.astimezone(UTC)
    return ExportEntry(row.id, instant, str(row.when.tzinfo), row.mood, row.intensity, row.note, row.factors)


def spreadsheet_rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@given(st.lists(entries, max_size=5))
@example([entry("'=1+1", ("\\\\", "\\|", " | ", " ", "'"))])
@example([entry("\t=1;'=1;;\uff1d1\n\r\n'';", (";\uff20", "'"))])
def test_an_import_of_the_export_restores_every_entry(originals: list[ExportEntry]) -> None:
    """Export, then import: every field of every entry is the same, to the character."""
    parsed = parse(exported(*originals))

    assert [as_exported(row) for row in parsed.entries] == originals
    assert parsed.total == len(originals)
    assert (parsed.unreadable, parsed.unmapped_moods) == ([], {})


@given(entries)
def test_no_cell_starts_like_a_formula(original: ExportEntry) -> None:
    """For any note and factors, a spreadsheet treats every cell as text."""
    [row] = spreadsheet_rows(exported(original))

    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", *FULL_WIDTH)) for cell in row.values())


@given(entries)
@example(entry('a;=1+1;b; "=1+1"\n\uff1d1+1', (";@SUM(A1)", "\t-1")))
def test_no_cell_starts_like_a_formula_with_other_separators(original: ExportEntry) -> None:
    """A spreadsheet that splits at semicolons, tabs and every line break, even within quotes, sees no formula."""
    pieces = re.split(r"[;\t\r\n]", exported(original).decode("utf-8-sig"))

    assert not any(piece.strip(' "').startswith(("=", "+", "-", "@", *FULL_WIDTH)) for piece in pieces)


@pytest.mark.parametrize(
    ("note", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("\uff0d1", "'\uff0d1"),
        (" =1+1", "' =1+1"),
        ("a;=1+1", "a;'=1+1"),
        ("to do:\n- bread", "to do:\n'- bread"),
        ("'quoted'", "''quoted'"),
        ("a - b; c=d, e", "a - b; c=d, e"),
    ],
)
def test_an_apostrophe_protects_where_a_cell_may_start(note: str, cell: str) -> None:
    """Only at those places; everything else stays as the person wrote it."""
    [row] = spreadsheet_rows(exported(entry(note)))

    assert row["note"] == cell


def test_the_first_eight_columns_are_those_of_daylio() -> None:
    """A program that reads Daylio exports reads these: the same columns, in the person's wall time."""
    [row] = spreadsheet_rows(exported(entry("It rained.", ("work", "poor sleep"))))

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


def test_the_file_starts_with_a_byte_order_mark() -> None:
    """Without it Excel does not read the file as UTF-8."""
    assert exported().startswith(b"\xef\xbb\xbffull_date,")


def test_both_passes_of_a_repeated_hour_are_restored() -> None:
    """When clocks go back, the offset distinguishes the first pass of the hour from the second."""
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    passes = [
        ExportEntry(ID, first + timedelta(hours=hours), "America/New_York", "calm", 5, None, ()) for hours in (0, 1)
    ]

    rows = parse(exported(*passes)).entries

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
def test_an_invalid_cell_is_an_error_of_its_line(column: str, written: str) -> None:
    """The error names line and column, without the content. The next line is still imported."""
    cells = spreadsheet_rows(exported(entry()))[0]
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, cells)
    table.writeheader()
    table.writerows([cells | {column: written}, cells])

    parsed = parse(out.getvalue().encode())

    assert [(line.line, line.reason) for line in parsed.unreadable] == [(2, f"{column} cannot be read")]
    assert [as_exported(row) for row in parsed.entries] == [entry()]


def test_columns_may_be_removed_and_reordered() -> None:
    """A file without notes, with sorted columns and semicolons, still restores everything else."""
    cells = spreadsheet_rows(exported(entry("private", ("work",))))[0]
    del cells["note"]
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, sorted(cells), delimiter=";")
    table.writeheader()
    table.writerow(cells)

    assert [as_exported(row) for row in parse(out.getvalue().encode()).entries] == [entry(None, ("work",))]
