"""POST /insights/measures/import."""

import json
from unicodedata import normalize

import httpx
import pytest

from tests.conftest import Client, ClientFactory
from tests.integration.insights.diary import Diary, Json, ago
from tests.integration.insights.nights import GOOD, history, night

CSV = {"Content-Type": "text/csv"}
DUE = "SELECT due_at IS NOT NULL FROM mend.insight_people WHERE user_id = %s"
FULL = "INSERT INTO public.insight_measures SELECT %s, 'm' || n, current_date - 9, n FROM generate_series(1, 50) AS n"


def table(*lines: str) -> bytes:
    return "\n".join(["date,name,value", *lines]).encode()


async def send(insights: Client, content: bytes, query: str = "") -> httpx.Response:
    return await insights.post(f"/measures/import{query}", content=content, headers=CSV)


async def imported(diary: Diary, content: bytes, query: str = "") -> Json:
    response = await send(diary.insights, content, query)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


async def values(diary: Diary, name: str) -> dict[str, float]:
    answer = await diary.get(f"/measures/{await diary.measure_id(name)}/values")
    return {item["date"]: item["value"] for item in answer["items"]}


async def test_a_table_is_imported(diary: Diary) -> None:
    """Lines that cannot be read are told by their number, and the job looks at the person again."""
    answer = await imported(
        diary, table(f"{ago(1)},Sleep,7.5", f"{ago(2)},Sleep,6", f"{ago(1)},Steps,8123", f"{ago(3)},Sleep,much")
    )

    assert answer == {
        "rows": 4,
        "measures": ["Sleep", "Steps"],
        "imported": 3,
        "replaced": 0,
        "unchanged": 0,
        "errors": [{"line": 5, "msg": "value cannot be read"}],
        "errors_total": 1,
        "date_order": None,
        "encoding": "utf-8",
        "support": None,
    }
    assert await values(diary, "Sleep") == {str(ago(2)): 6, str(ago(1)): 7.5}
    assert diary.database.value(DUE, diary.person)


@pytest.mark.parametrize("name", ["नींद", "ความสุข", "நித்திரை", "שֵׁנָה", "خواب\u200cآلود", "Sle\u0301ep", "Сон ч", "睡眠"])
async def test_a_measure_has_the_same_name_in_whatever_way_it_comes(diary: Diary, name: str) -> None:
    """Alone, in a table, and as a column. Marks on letters belong to a name, however the device writes them."""
    alone = await diary.insights.post("/measures", json={"name": name, "value": 7, "date": str(ago(3))})
    table_answer = await imported(diary, table(f"{ago(2)},{name},5"))
    content, columns = f"Day,{name}\n{ago(1)},6\n".encode(), {"date": "Day", name: name}
    files = {"file": content, "columns": json.dumps(columns).encode()}
    column_answer = await diary.insights.post("/measures/import", files=files)

    assert alone.status_code == 204, alone.text
    assert [table_answer["errors"], column_answer.json()["errors"]] == [[], []]
    [item] = (await diary.get("/measures"))["items"]
    assert item["name"] == normalize("NFC", name)
    assert await values(diary, item["name"]) == {str(ago(3)): 7, str(ago(2)): 5, str(ago(1)): 6}


async def test_a_measure_keeps_its_first_spelling(diary: Diary) -> None:
    """Letter case, spaces and forms of the same letter make no other measure, within a file neither."""
    await imported(diary, table(f"{ago(3)},Sleep h,7"))

    answer = await imported(diary, table(f"{ago(2)},sleep  h,5", f"{ago(1)},\uff33LEEP H,6", f"{ago(1)},SLEEP h,8"))

    assert (answer["measures"], answer["imported"]) == (["Sleep h"], 2)
    assert await values(diary, "Sleep h") == {str(ago(3)): 7, str(ago(2)): 5, str(ago(1)): 8}


async def test_two_spellings_that_are_stored_stay_two_measures(diary: Diary) -> None:
    """They are older than the rule. Each is found by its own spelling, and a third is the first of them."""
    with diary.database.admin() as conn:
        for name in ("Sleep", "sleep"):
            conn.execute("INSERT INTO public.insight_measures VALUES (%s, %s, %s, 7)", (diary.person, name, ago(9)))

    await imported(diary, table(f"{ago(1)},sleep,5"))
    await imported(diary, table(f"{ago(1)},SLEEP,6"))

    assert await values(diary, "sleep") == {str(ago(9)): 7, str(ago(1)): 5}
    assert await values(diary, "Sleep") == {str(ago(9)): 7, str(ago(1)): 6}


async def test_the_reasons_are_in_the_language_of_the_profile(diary: Diary, client_for: ClientFactory) -> None:
    """Like all other messages."""
    await client_for("account", diary.person).patch("/profile", json={"locale": "de"})

    answer = await imported(diary, table(f"{ago(1)},Schlaf,viel", "2199-01-01,Schlaf,7"))

    assert [error["msg"] for error in answer["errors"]] == [
        "value lässt sich nicht lesen",
        "das Datum liegt vor 1901 oder in der Zukunft",
    ]


async def test_a_table_as_excel_saves_it_is_read_and_told(diary: Diary) -> None:
    """In Windows-1252, no line with an umlaut is lost."""
    answer = await imported(diary, table(f"{ago(1)},Müdigkeit,5", f"{ago(1)},Schlaf,7").replace("ü".encode(), b"\xfc"))

    assert (answer["measures"], answer["encoding"], answer["errors"]) == (["Müdigkeit", "Schlaf"], "windows-1252", [])


async def test_a_second_import_replaces_what_differs(diary: Diary) -> None:
    await imported(diary, table(f"{ago(1)},Sleep,7.5", f"{ago(2)},Sleep,6"))

    answer = await imported(diary, table(f"{ago(1)},Sleep,8", f"{ago(2)},Sleep,6", f"{ago(3)},Sleep,5"))

    assert [answer[name] for name in ("imported", "replaced", "unchanged")] == [1, 1, 1]
    assert await values(diary, "Sleep") == {str(ago(3)): 5, str(ago(2)): 6, str(ago(1)): 8}


async def test_the_order_of_day_and_month_is_told(diary: Diary) -> None:
    """It is named, or day first where the locale says nothing else."""
    lately = [ago(days) for days in range(1, 300)]
    day = next(day for day in lately if day.day < day.month and day.replace(month=day.day, day=day.month) in lately)
    lines = table(f"{day:%m/%d/%Y},Sleep,7.5")

    answers = [await imported(diary, lines, query) for query in ("?dry_run=true", "?date_order=month_first")]

    assert [answer["date_order"] for answer in answers] == ["day_first", "month_first"]
    assert list(await values(diary, "Sleep")) == [str(day)]


async def test_a_dry_run_counts_and_stores_nothing(diary: Diary) -> None:
    await imported(diary, table(f"{ago(1)},Sleep,7.5"))

    answer = await imported(diary, table(f"{ago(1)},Sleep,8", f"{ago(2)},Sleep,6"), "?dry_run=true")

    assert (answer["imported"], answer["replaced"]) == (1, 1)
    assert await values(diary, "Sleep") == {str(ago(1)): 7.5}


async def test_the_columns_of_another_table_are_named(diary: Diary) -> None:
    """In a form, beside the file. Columns that it does not have are refused."""
    content = f"Day;Hours asleep;Steps\n{ago(1)};7,5;8123\n{ago(2)};;900\n".encode()
    named, missing = ({"date": "Day", "Sleep": column} for column in ("Hours asleep", "Naps"))

    answers = [
        await diary.insights.post("/measures/import", files={"file": content, "columns": json.dumps(columns).encode()})
        for columns in (named, missing)
    ]

    assert [answer.status_code for answer in answers] == [200, 422]
    assert (answers[0].json()["imported"], answers[0].json()["errors_total"]) == (1, 0)
    assert answers[1].json()["errors"][0]["loc"] == ["body", "columns"]
    assert await values(diary, "Sleep") == {str(ago(1)): 7.5}


@pytest.mark.parametrize(("content", "status"), [(b"date,mood\n2026-01-01,sad\n", 422), (b"x" * 5_000_000, 413)])
async def test_a_file_of_another_kind_or_size_is_refused(diary: Diary, content: bytes, status: int) -> None:
    """Also an export of all health records, which is far too large: it is to be summed up by day first."""
    assert (await send(diary.insights, content)).status_code == status


async def test_an_import_with_too_many_names_stores_nothing(diary: Diary) -> None:
    """Fifty names in all."""
    with diary.database.admin() as conn:
        conn.execute(FULL, (diary.person,))
    full = await send(diary.insights, table(f"{ago(1)},m1,1", f"{ago(1)},Sleep,7"))
    known = await send(diary.insights, table(f"{ago(1)},m1,1"))

    assert (full.status_code, full.json()["code"]) == (409, "measures_full")
    assert (known.status_code, known.json()["imported"]) == (200, 1)


async def test_words_of_danger_in_a_name_are_answered(diary: Diary) -> None:
    answer = await imported(diary, table(f"{ago(1)},I want to die,1"))

    assert answer["support"]["grade"]


async def test_an_imported_measure_is_looked_at_by_the_job(diary: Diary) -> None:
    """A measure that the moods follow is found at the first look, as if it had been recorded day by day."""
    entries = history(120, ago(1))
    diary.write(entries)
    await diary.count()
    lines = [f"{day},Sleep,{8 if mood == GOOD else 5}" for day, mood, _, _ in entries]
    await imported(diary, table(*lines))

    await night(diary.database)

    measures = [item for item in (await diary.get("/"))["items"] if item["kind"] == "measure"]
    assert ("Sleep", "valence", True) in [(item["about"], item["outcome"], item["effect"] > 0) for item in measures]
