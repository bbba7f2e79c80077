"""POST /checkin/import and GET /checkin/export.csv."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Client, ClientFactory, Clone
from tests.integration.checkin.diary import at, checked_in, history_of, profile_set, streak_of

SAMPLES = Path(__file__).parents[2] / "data/daylio"
HEADING = "full_date,date,weekday,time,mood,activities,note_title,note\n"
TABLES_WITH_PEOPLE = """
    SELECT table_schema || '.' || table_name FROM information_schema.columns
    WHERE table_schema IN ('public', 'mend') AND column_name = 'user_id' ORDER BY 1
"""


async def imported(client: Client, content: bytes | str, **query: bool | str) -> dict[str, Any]:
    response = await client.post("/import", content=content, headers={"Content-Type": "text/csv"}, params=query)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def imported_as_form(client: Client, content: bytes, mapping: dict[str, str]) -> dict[str, Any]:
    files = {
        "file": ("daylio.csv", content, "text/csv"),
        "mapping": ("", json.dumps(mapping).encode(), "application/json"),
    }
    response = await client.post("/import", files=files)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def exported(client: Client) -> bytes:
    return (await client.get("/export.csv")).content


def tables(database: Clone, client: Client) -> dict[str, list[Any]]:
    """All stored rows of a person, by table."""
    select = "SELECT t::text FROM {} AS t WHERE user_id = %s ORDER BY 1"
    names = [name for (name,) in database.rows(TABLES_WITH_PEOPLE)]
    return {name: database.rows(select.format(name), client.person) for name in names}


@pytest.mark.parametrize(
    ("name", "rows", "new", "unmapped", "faults"),
    [
        ("android.csv", 3, 3, [], []),
        ("iphone.csv", 2, 2, [], []),
        ("older.csv", 2, 2, [], []),
        ("without_notes.csv", 2, 2, [], []),
        ("resaved_in_a_spreadsheet.csv", 2, 2, [], []),
        ("month_first.csv", 2, 2, [], []),
        ("own_moods.csv", 4, 1, ["Blah", "Fantastic!"], []),
        ("broken.csv", 10, 3, [], [2, 3, 4, 7, 8, 9, 12]),
    ],
)
async def test_a_daylio_export_is_imported_once(  # noqa: PLR0913, PLR0917 - one row of a table
    client_for: ClientFactory, name: str, rows: int, new: int, unmapped: list[str], faults: list[int]
) -> None:
    """As a body or in a form. A second import adds nothing and counts duplicates."""
    content = (SAMPLES / name).read_bytes()
    bare, form = client_for(), client_for()

    first, second = await imported(bare, content), await imported(bare, content)
    by_form = await imported_as_form(form, content, {})

    assert (first["rows"], first["imported"], first["duplicates"]) == (rows, new, 0)
    assert [mood["name"] for mood in first["unmapped_moods"]] == unmapped
    assert [fault["line"] for fault in first["errors"]] == faults
    assert by_form == first
    assert second == first | {"imported": 0, "duplicates": new}
    assert len(await history_of(bare)) == len(await history_of(form)) == new


async def test_wall_times_are_read_in_the_persons_zone(me: Client, client_for: ClientFactory) -> None:
    """Daylio exports wall times without a zone: zone and day start come from the profile."""
    await profile_set(client_for, me, timezone="Europe/Berlin", day_starts_at="04:00")

    await imported(me, f"{HEADING}2025-10-26,,,02:30,good,,,\n2026-03-29,,,02:30,good,,,\n")

    entries = [(at(entry["occurred_at"]), entry["local_date"]) for entry in await history_of(me)]
    assert entries == [(at("2026-03-29T01:00Z"), "2026-03-28"), (at("2025-10-26T00:30Z"), "2025-10-25")]


async def test_an_ambiguous_date_is_read_as_at_home(me: Client, client_for: ClientFactory) -> None:
    """Month first in the US, unless the person names the order. A dry run tells the order as well."""
    table = f"{HEADING}03/04/2026,,,08:00,good,,,\n"
    await profile_set(client_for, me, locale="en-US")

    usual = await imported(me, table, dry_run=True)
    named = await imported(me, table, date_order="day_first")

    assert [(answer["date_order"], answer["learned"]["first_day"]) for answer in (usual, named)] == [
        ("month_first", "2026-03-04"),
        ("day_first", "2026-04-03"),
    ]
    assert [entry["local_date"] for entry in await history_of(me)] == ["2026-04-03"]


async def test_what_is_refused_teaches_nothing(me: Client) -> None:
    """`learned` has the lines that count alone: not one with a date of the future."""
    lines = "2026-03-04,,,08:00,good,run,,\n2199-01-01,,,08:00,awful,work,,\n"

    learned = (await imported(me, HEADING + lines))["learned"]
    nothing = (await imported(me, f"{HEADING}2199-01-01,,,08:00,awful,work,,\n"))["learned"]

    assert (learned["last_day"], learned["factors"]) == ("2026-03-04", [{"factor": "run", "count": 1}])
    assert nothing is None


async def test_an_answer_lists_a_hundred_errors_and_counts_all(me: Client) -> None:
    """A file of a thousand wrong lines gets a short answer. A mood that was misspelt gets the nearest one."""
    lines = "".join(f"2025-01-01,,,08:{n % 60:02},mood {n},,,\n" for n in range(300))

    answer = await imported(me, HEADING + "\n".join(["1,,,1,happy,,,"] * 1000) + "\n" + lines)
    misspelt = await imported(me, HEADING + "2025-01-01,,,08:00,hapy,,,\n" * 2)

    assert (len(answer["errors"]), answer["errors_total"], len(answer["unmapped_moods"])) == (100, 1000, 100)
    assert misspelt["unmapped_moods"] == [{"name": "hapy", "count": 2, "nearest": "happy"}]


async def test_custom_moods_can_be_mapped(me: Client) -> None:
    """With a mapping in the form, only the lines that were unmapped before are new."""
    content = (SAMPLES / "own_moods.csv").read_bytes()
    await imported(me, content)

    answer = await imported_as_form(me, content, {"blah": "bored:7", "Fantastic!": "excited"})

    assert (answer["imported"], answer["duplicates"], answer["unmapped_moods"]) == (3, 1, [])
    assert [(entry["mood"], entry["intensity"]) for entry in await history_of(me)] == [
        ("bored", 7),
        ("excited", 5),
        ("bored", 7),
        ("grateful", 5),
    ]


async def test_a_dry_run_changes_nothing(me: Client, database: Clone) -> None:
    """It answers like an import and changes no table."""
    await imported(me, f"{HEADING}2026-03-01,,,20:00,good,,,stored\n2026-03-02,,,20:00,good,,,deleted\n")
    [deleted, _] = await history_of(me)
    await me.delete(f"/{deleted['mood_id']}")
    await me.get("/streak")
    content = f"{HEADING}2026-03-01,,,20:00,good,,,\n2026-03-02,,,20:00,good,,,\n2026-03-03,,,20:00,good,,,\nx,,,,,,,\n"
    before = tables(database, me)

    dry_run = await imported(me, content, dry_run=True)

    assert tables(database, me) == before
    assert dry_run == await imported(me, content)
    assert (dry_run["imported"], dry_run["duplicates"], len(dry_run["errors"])) == (1, 2, 1)


async def test_a_dry_run_of_a_new_person_stores_nothing(me: Client, database: Clone) -> None:
    """Not even an empty streak is stored."""
    answer = await imported(me, (SAMPLES / "android.csv").read_bytes(), dry_run=True)

    assert answer["imported"] == 3
    assert [rows for rows in tables(database, me).values() if rows] == []


async def test_a_deleted_entry_is_not_imported_again(me: Client) -> None:
    """A second import of the same file does not restore it."""
    content = f"{HEADING}2026-03-01,,,20:00,good,,,\n"
    await imported(me, content)
    [entry] = await history_of(me)
    await me.delete(f"/{entry['mood_id']}")

    assert (await imported(me, content))["imported"] == 0
    assert await history_of(me) == []


async def test_an_import_never_overwrites_an_edit(me: Client) -> None:
    """An entry that was changed after its import keeps the change."""
    content = f"{HEADING}2026-03-01,,,20:00,good,,,first words\n"
    await imported(me, content)
    [entry] = await history_of(me)
    await me.patch(f"/{entry['mood_id']}", json={"note": "better words", "mood": "calm"})

    await imported(me, content.replace("first", "other"))

    assert [(entry["mood"], entry["note"]) for entry in await history_of(me)] == [("calm", "better words")]


async def test_an_import_counts_towards_the_streak(me: Client) -> None:
    """Imported entries count like all others."""
    await checked_in(me, occurred_at="2026-03-03T12:00:00Z")

    await imported(me, f"{HEADING}2026-03-01,,,20:00,good,,,\n2026-03-02,,,20:00,good,,,\n")

    assert await streak_of(me) == (0, 3)


async def test_the_reasons_are_in_the_language_of_the_profile(me: Client, client_for: ClientFactory) -> None:
    """Like all other messages."""
    await profile_set(client_for, me, locale="de")
    note = "n" * 4001

    answer = await imported(
        me, f"full_date,time,mood,note\nx,20:00,sad,\n2199-01-01,20:00,sad,\n2026-03-01,8:00,sad,{note}\n"
    )

    assert [error["msg"] for error in answer["errors"]] == [
        "full_date lässt sich nicht lesen",
        "das Datum liegt vor 1901 oder in der Zukunft",
        "die Notiz ist länger als 4000 Zeichen",
    ]


async def test_a_date_out_of_range_is_an_error_of_its_line(me: Client) -> None:
    """Dates in the future or before 1901 are errors, and the other lines are imported."""
    answer = await imported(
        me, f"{HEADING}2199-01-01,,,20:00,good,,,\n2026-03-01,,,20:00,good,,,\n1066-10-14,,,09:00,bad,,,\n"
    )

    assert (answer["rows"], answer["imported"], answer["duplicates"]) == (3, 1, 0)
    assert [fault["line"] for fault in answer["errors"]] == [2, 4]


async def test_ten_thousand_rows_in_one_call(me: Client) -> None:
    """A diary of decades is imported within the deadline of a request, and once."""
    lines = (
        f"{1990 + number // 336}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02},,,20:00,good,work | rain,,{number}\n"
        for number in range(10_000)
    )
    content = HEADING + "".join(lines)

    first, second = await imported(me, content), await imported(me, content)

    assert (first["rows"], first["imported"], first["errors"]) == (10_000, 10_000, [])
    assert (second["imported"], second["duplicates"]) == (0, 10_000)


async def record_hard_entries(client: Client) -> None:
    """Check in with texts that are hard to write as CSV."""
    notes = [
        'He said "no", then; left',
        "two\nlines",
        "two\r\nlines",
        "=SUM(A1);=SUM(A2)",
        "'quoted",
        " spaces ",
        "né 🌧 \u202e",
        None,
    ]
    for number, note in enumerate(notes, start=1):
        await checked_in(
            client,
            note=note,
            intensity=number,
            factors=["a | b", "c\\", "-d", "'e", "f,g;h"][:number],
            occurred_at=f"2026-03-0{number}T23:59:59.{number:06}+02:00",
        )


async def test_an_export_imported_by_another_person_gives_the_same_diary(me: Client, client_for: ClientFactory) -> None:
    """Every entry keeps its id, texts, instant, zone and local date."""
    await profile_set(client_for, me, timezone="Asia/Kathmandu", day_starts_at="04:00")
    await record_hard_entries(me)
    other = client_for()
    await profile_set(client_for, other, timezone="America/Lima", day_starts_at="04:00")

    answer = await imported(other, await exported(me))

    assert (answer["imported"], answer["errors"], answer["unmapped_moods"]) == (8, [], [])
    assert await history_of(other) == await history_of(me)
    assert await exported(other) == await exported(me)


async def test_importing_ones_own_export_adds_nothing(me: Client, database: Clone) -> None:
    """A backup that is imported into the same diary changes no table."""
    await record_hard_entries(me)
    before = tables(database, me)

    answer = await imported(me, await exported(me))

    after = tables(database, me)
    assert (answer["imported"], answer["duplicates"]) == (0, 8)
    assert after == before


async def test_an_export_is_a_csv_attachment(me: Client) -> None:
    """It has a byte order mark, one line for each entry, and no cell that a spreadsheet would evaluate."""
    await record_hard_entries(me)

    response = await me.get("/export.csv")

    assert response.headers["content-type"].startswith("text/csv")
    assert "attachment" in response.headers["content-disposition"]
    assert response.headers["cache-control"] == "no-store"
    heading, *rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))
    assert len(rows) == 8
    assert heading[:5] == ["full_date", "date", "weekday", "time", "mood"]
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))] == []


async def test_the_export_of_an_empty_diary_is_a_heading(me: Client) -> None:
    """It can be imported and contains no entries."""
    content = await exported(me)

    assert content.count(b"\r\n") == 1
    assert (await imported(me, content))["rows"] == 0


async def test_an_import_says_what_it_learned(me: Client) -> None:
    """From a Day One export as JSON, in a dry run as well: its days, and the most frequent moods and factors."""
    content = (SAMPLES.parent / "diaries/day_one.json").read_bytes()

    response = await me.post("/import?dry_run=true", content=content, headers={"Content-Type": "application/json"})

    answer = response.json()
    assert answer["unmapped_moods"] == [{"name": "", "count": 1, "nearest": None}]
    assert answer["learned"] == {
        "first_day": "2026-03-01",
        "last_day": "2026-03-01",
        "moods": [{"mood": "grateful", "count": 1}],
        "factors": [{"factor": "walk", "count": 1}],
    }


async def test_a_day_one_entry_keeps_its_zone(me: Client) -> None:
    """And is not imported twice."""
    content = (SAMPLES.parent / "diaries/day_one.json").read_bytes()
    answers = [await me.post("/import", files={"file": content, "mapping": b'{"": "okay"}'}) for _ in range(2)]

    assert [(answer.json()["imported"], answer.json()["duplicates"]) for answer in answers] == [(2, 0), (0, 2)]
    assert [entry["timezone"] for entry in await history_of(me)] == ["Asia/Tokyo", "Europe/Berlin"]


async def test_columns_of_another_table_are_named_in_the_form(me: Client) -> None:
    """Columns that the table does not have are refused, as an error of that part."""
    files = {"file": b"Day,Feeling\n2026-03-01,sad\n", "columns": b'{"date": "Day", "mood": "Feeling"}'}

    imported = await me.post("/import", files=files)
    refused = await me.post("/import", files={**files, "columns": b'{"date": "Day", "mood": "Mood"}'})

    assert imported.json()["imported"] == 1
    assert (refused.status_code, refused.json()["errors"][0]["loc"]) == (422, ["body", "columns"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"%PDF-1.7",
        b"PK\x03\x04" + b"\xff" * 50,
        b"\xff\xfe\x00",
        b"date;mood\n2026-03-01;good\n",
        b'{"mood": "sad"}',
    ],
)
async def test_another_kind_of_file_is_refused(me: Client, content: bytes) -> None:
    """It answers 422, as a body and in a form, without any content of the file."""
    bare = await me.post("/import", content=content, headers={"Content-Type": "text/csv"})
    form = await me.post("/import", files={"file": content})

    assert (bare.status_code, form.status_code) == (422, 422)
    assert bare.json()["code"] == form.json()["code"] == "unreadable_import"


@pytest.mark.parametrize(
    "mapping", ["", "[]", "null", '{"Blah": 7}', '{"Blah": "rad"}', "{" * 10_000, '{"a": "\ud800"}']
)
async def test_a_bad_mapping_is_refused(me: Client, mapping: str) -> None:
    """A mapping that is invalid or names an unknown mood answers 422, and nothing is imported."""
    files = {"file": (SAMPLES / "own_moods.csv").read_bytes(), "mapping": mapping.encode("utf-8", "surrogatepass")}

    assert (await me.post("/import", files=files)).status_code == 422
    assert await history_of(me) == []


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("multipart/form-data", b"x", 422),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n", 422),
        ('multipart/form-data; boundary="', b"x", 422),
        ("application/json", b"{}", 422),
        ("text/plain", b"full_date,time,mood\n", 415),
    ],
)
async def test_an_unreadable_body_is_refused(me: Client, content_type: str, body: bytes, status: int) -> None:
    """An invalid form answers 422, and another media type 415."""
    response = await me.post("/import", content=body, headers={"Content-Type": content_type})

    assert response.status_code == status
