"""Tables of measures are read by line, in the ways that apps and spreadsheets write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.insights.measures.measure_file import UnknownColumns, UnknownTable, parse
from shared.csv_table import MAX_VALUES, ImportRefused, TooManyValues
from shared.measures import MeasuredValue

TODAY = date(2026, 3, 10)
HEADING = "date,name,value\n"
WIDE = b"Tag;Schlaf (h);Schritte\n01.03.2026;7,5;8000\n02.03.2026;;9000\n"
COLUMNS = {"date": "Tag", "Schlaf": "Schlaf (h)", "Schritte": "schritte"}


def test_a_line_for_each_value() -> None:
    """Of several values for a name and day, the last one counts."""
    file = parse(f"{HEADING}2026-03-01,Sleep,7.5\n2026-03-01,Steps,8000\n2026-03-01,Sleep,8\n".encode(), {}, TODAY)

    assert file.values == [
        MeasuredValue("Sleep", date(2026, 3, 1), 8.0),
        MeasuredValue("Steps", date(2026, 3, 1), 8000.0),
    ]
    assert (file.rows, file.unreadable) == (3, [])


def test_a_column_for_each_measure() -> None:
    """The person names the columns. An empty cell is no value."""
    file = parse(WIDE, COLUMNS, TODAY)

    assert file.values == [
        MeasuredValue("Schlaf", date(2026, 3, 1), 7.5),
        MeasuredValue("Schritte", date(2026, 3, 1), 8000.0),
        MeasuredValue("Schritte", date(2026, 3, 2), 9000.0),
    ]


@pytest.mark.parametrize(
    "columns",
    [{"date": "Tag"}, {"Schlaf": "Schlaf (h)"}, {"date": "Tag", "Puls": "Puls"}, {"date": "Datum", "a": "Tag"}],
)
def test_columns_that_the_table_does_not_have_are_refused(columns: dict[str, str]) -> None:
    with pytest.raises(UnknownColumns):
        parse(WIDE, columns, TODAY)


@pytest.mark.parametrize("data", [b"", b"\n", WIDE, b"date,mood\n2026-03-01,sad\n"])
def test_another_table_is_refused(data: bytes) -> None:
    with pytest.raises(UnknownTable):
        parse(data, {}, TODAY)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2026-02-30,Sleep,7", "date cannot be read"),
        ("1900-12-31,Sleep,7", "the date is before 1901 or in the future"),
        ("2026-03-11,Sleep,7", "the date is before 1901 or in the future"),
        ("2026-03-01,Sleep,", "value cannot be read"),
        ("2026-03-01,Sleep,many", "value cannot be read"),
        ("2026-03-01,Sleep,nan", "value cannot be read"),
        ("2026-03-01,Sleep,9999999999", "value cannot be read"),
        ('2026-03-01,Sleep,"8,000"', "value cannot be read"),
        ("2026-03-01,Sleep,8.000", "value cannot be read"),
        ("2026-03-01,a/b,7", "name must have up to 60 letters, digits, spaces, dots and hyphens"),
    ],
)
def test_a_line_that_cannot_be_read_is_an_error_of_its_own(line: str, reason: str) -> None:
    """8,000 is refused, because nobody can tell whether it is eight or eight thousand. The others are imported."""
    file = parse(f"{HEADING}{line}\n2026-03-02,Sleep,7\n".encode(), {}, TODAY)

    assert [(fault.line, fault.reason) for fault in file.unreadable] == [(2, reason)]
    assert file.values == [MeasuredValue("Sleep", date(2026, 3, 2), 7.0)]
    assert file.rows == 2


def test_a_date_may_have_a_time() -> None:
    file = parse(f"{HEADING}2026-03-01 23:30,Sleep,7\n03/28/2025,Sleep,6\n".encode(), {}, TODAY)

    assert [value.day for value in file.values] == [date(2026, 3, 1), date(2025, 3, 28)]


def test_a_file_has_at_most_fifty_thousand_values() -> None:
    """Exports of whole health records are to be summed up by day first."""
    names = {"date": "date"} | {f"m{number}": f"m{number}" for number in range(50)}
    line = ",".join(["7"] * 50)
    days = [date.fromordinal(TODAY.toordinal() - back) for back in range(MAX_VALUES // 50 + 1)]
    rows = "".join(f"{day},{line}\n" for day in days)

    with pytest.raises(TooManyValues):
        parse(f"{','.join(names)}\n{rows}".encode(), names, TODAY)


@given(st.binary() | st.text(st.sampled_from('0123456789-.,;" \n\0ab')).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """No input raises another error."""
    try:
        file = parse(HEADING.encode() + body, {}, TODAY)
    except ImportRefused:
        return

    assert file.rows >= len(file.unreadable)
