"""POST /checkin/import: the numbers of a diary become measures."""

import json
from typing import Any
from unicodedata import normalize

import pytest

from tests.conftest import Client, ClientFactory, Clone
from tests.integration.checkin.diary import profile_set

COLUMNS = {"date": "Day", "time": "Time", "mood": "Feeling", "Sleep": "Hours", "Steps": "Steps"}
HEADING = "Day,Time,Feeling,Hours,Steps\n"
TWO_DAYS = f"{HEADING}2026-03-01,20:00,sad,7.5,8000\n2026-03-02,20:00,calm,6,\n"
VERSION = "2026-11-27"
STORED = "SELECT name, day::text, value FROM public.insight_measures WHERE user_id = %s ORDER BY 1, 2"
DUE = "SELECT due_at IS NOT NULL FROM mend.insight_people WHERE user_id = %s"
FORGET = "UPDATE mend.insight_people SET due_at = NULL WHERE user_id = %s"
FULL = """
    INSERT INTO public.insight_measures
    SELECT %s, name, '2026-01-01', 1 FROM (SELECT 'm' || n AS name FROM generate_series(1, 48) AS n) AS names
"""


async def imported(
    client: Client, content: str, columns: dict[str, str] | None = None, query: str = ""
) -> dict[str, Any]:
    files = {"file": content.encode(), "columns": json.dumps(columns or COLUMNS).encode()}
    response = await client.post(f"/import{query}", files=files)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def measure(name: str, days: int, least: float, most: float, left_out: str | None = None) -> dict[str, Any]:
    return {"name": name, "days": days, "least": least, "most": most, "left_out": left_out}


async def test_numbers_become_measures_once(me: Client, database: Clone) -> None:
    """The answer tells their days and their range, and a second import changes nothing."""
    answer = await imported(me, TWO_DAYS)
    again = await imported(me, TWO_DAYS)

    assert answer["measures"] == [measure("Sleep", 2, 6, 7.5), measure("Steps", 1, 8000, 8000)]
    assert (answer["imported"], answer["errors"]) == (2, [])
    assert again == answer | {"imported": 0, "duplicates": 2}
    assert database.rows(STORED, me.person) == [
        ("Sleep", "2026-03-01", 7.5),
        ("Sleep", "2026-03-02", 6),
        ("Steps", "2026-03-01", 8000),
    ]


@pytest.mark.parametrize("name", ["नींद", "ความสุข", "שֵׁנָה", "Sle\u0301ep"])
async def test_a_name_keeps_the_marks_on_its_letters(me: Client, database: Clone, name: str) -> None:
    """In a column that is named, and among the scales of Daylio."""
    columns = {"date": "Day", "mood": "Feeling", name: "X"}
    await imported(me, "Day,Feeling,X\n2026-03-01,sad,6\n", columns)
    scales = f"full_date,time,mood,scales\n2026-03-02,20:00,sad,{name}: 7\n".encode()
    response = await me.post("/import", content=scales, headers={"Content-Type": "text/csv"})

    assert response.json()["errors"] == []
    names = normalize("NFC", name)
    assert database.rows(STORED, me.person) == [(names, "2026-03-01", 6), (names, "2026-03-02", 7)]


async def test_a_measure_keeps_its_first_spelling(me: Client, database: Clone) -> None:
    """Letter case and spaces make no other measure, within a file neither."""
    await imported(me, "Day,Feeling,X\n2026-03-01,sad,6\n", {"date": "Day", "mood": "Feeling", "Sleep h": "X"})

    content, columns = "Day,Feeling,X,Y\n2026-03-02,sad,6,8\n", {"sleep  h": "X", "SLEEP H": "Y"}
    answer = await imported(me, content, {"date": "Day", "mood": "Feeling", **columns})

    assert answer["measures"] == [measure("Sleep h", 1, 8, 8)]
    assert database.rows(STORED, me.person) == [("Sleep h", "2026-03-01", 6), ("Sleep h", "2026-03-02", 8)]


async def test_a_dry_run_tells_the_measures_and_stores_none(me: Client, database: Clone) -> None:
    """It answers like the import."""
    dry_run = await imported(me, TWO_DAYS, query="?dry_run=true")

    assert database.rows(STORED, me.person) == []
    assert dry_run == await imported(me, TWO_DAYS)


async def test_the_job_looks_at_numbers_that_are_new(me: Client, database: Clone) -> None:
    """Also if the file has no new entry."""
    await imported(me, TWO_DAYS)
    with database.admin() as conn:
        conn.execute(FORGET, (me.person,))

    await imported(me, TWO_DAYS.replace("7.5", "8"))

    assert database.value(DUE, me.person)


async def test_a_day_has_its_greatest_number(client_for: ClientFactory, me: Client, database: Clone) -> None:
    """An app counts steps until each entry. A day begins when the person's day begins. 0 on all days is no measure."""
    await profile_set(client_for, me, day_starts_at="04:00")

    answer = await imported(
        me,
        f"{HEADING}2026-03-01,09:00,sad,0,100\n2026-03-01,23:00,sad,0,8000\n2026-03-02,01:30,calm,,50\n"
        "2199-01-01,09:00,calm,,7\n0001-01-01,01:00,calm,,7\n",
    )

    assert answer["measures"] == [measure("Steps", 1, 8000, 8000)]
    assert database.rows(STORED, me.person) == [("Steps", "2026-03-01", 8000)]


async def test_without_consent_to_insights_numbers_are_left_out(
    client_for: ClientFactory, me: Client, database: Clone
) -> None:
    """The entries are imported, and the answer says why the numbers are not."""
    decision = {"granted": False, "version": VERSION}
    withdrawn = await client_for("account", me.person).put("/consents/insights", json=decision)

    answer = await imported(me, TWO_DAYS)

    assert withdrawn.status_code == 200
    assert {each["left_out"] for each in answer["measures"]} == {"consent_needed"}
    assert answer["imported"] == 2
    assert database.rows(STORED, me.person) == []


async def test_of_too_many_measures_those_with_most_days_are_stored(me: Client, database: Clone) -> None:
    """A measure that the person has needs no room."""
    with database.admin() as conn:
        conn.execute(FULL, (me.person,))
    columns = {"date": "Day", "mood": "Feeling", "One": "A", "Two": "B", "Three": "C", "m1": "D"}
    content = "Day,Feeling,A,B,C,D\n2026-03-01,sad,1,2,3,4\n2026-03-02,sad,,2,3,\n2026-03-03,sad,,,3,\n"

    answer = await imported(me, content, columns)

    assert answer["measures"] == [
        measure("Three", 3, 3, 3),
        measure("Two", 2, 2, 2),
        measure("One", 1, 1, 1, "measures_full"),
        measure("m1", 1, 4, 4),
    ]
    assert [row for row in database.rows(STORED, me.person) if row[1] != "2026-01-01"] == [
        ("Three", "2026-03-01", 3),
        ("Three", "2026-03-02", 3),
        ("Three", "2026-03-03", 3),
        ("Two", "2026-03-01", 2),
        ("Two", "2026-03-02", 2),
        ("m1", "2026-03-01", 4),
    ]


@pytest.mark.parametrize(("amount", "is_answered"), [("3", True), ("0", False)])
async def test_a_symptom_that_tells_of_danger_is_answered(me: Client, amount: str, is_answered: bool) -> None:  # noqa: FBT001
    """Its name is read like the words of an entry, if there was any of it."""
    answer = await imported(
        me,
        f"Day,Feeling,A\n2026-03-01,sad,{amount}\n",
        {"date": "Day", "mood": "Feeling", "I want to die": "A"},
    )

    assert (answer["support"] is not None) == is_answered
