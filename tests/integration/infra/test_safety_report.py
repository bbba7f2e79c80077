"""`mend safety report`: how often support was shown, beside how many people and check-ins there were."""

from csv import DictReader

import pytest

from infra import safety_admin
from tests.conftest import ClientFactory, Clone, sign_up

CHECK_IN = {"mood": "sad", "intensity": 5}
HINT = "everyone would be better off without me"


@pytest.fixture
def database(database: Clone) -> Clone:
    """Without what earlier tests left."""
    with database.admin() as admin:
        admin.execute("TRUNCATE mend.support_counts; TRUNCATE mend.support_shown; DELETE FROM auth.users")
    return database


def shown(database: Clone, country: str, grade: str, **counts: int) -> None:
    columns = ", ".join(counts)
    with database.admin() as admin:
        admin.execute(
            f"INSERT INTO mend.support_counts (month, country, grade, {columns})"  # noqa: S608 - names of columns
            f" VALUES ('2026-03-01', %s, %s, {', '.join(map(str, counts.values()))})".encode(),
            (country, grade),
        )


def checked_in(database: Clone, country: str, people: int, times: int, source: str = "app") -> None:
    for _ in range(people):
        person = sign_up(database)
        with database.admin() as admin:
            admin.execute("INSERT INTO user_profiles (user_id, country) VALUES (%s, %s)", (person, country))
            admin.execute(
                """
                INSERT INTO mood_entries
                    (user_id, id, mood, intensity, factors, occurred_at, edited_at, timezone, local_date, source)
                SELECT %s, gen_random_uuid(), 'sad', 5, '{}', timestamptz '2026-03-02 10:00Z' + n * interval '1 hour',
                       '-infinity', 'UTC', '2026-03-02', %s
                FROM generate_series(1, %s) AS n
                """,
                (person, source, times),
            )


def report(database: Clone) -> list[dict[str, str]]:
    return list(DictReader(safety_admin.report(database.dsn("postgres"), 2026)))


def test_rates_stand_beside_the_counts(database: Clone) -> None:
    """Of 20 people with 200 check-ins, 15 saw support 30 times. Imported entries are not check-ins."""
    shown(database, "NZ", "indirect", shown=30, people=15)
    checked_in(database, "NZ", people=20, times=10)
    checked_in(database, "NZ", people=20, times=10, source="import")

    [line] = report(database)

    assert (line["check_ins"], line["active_people"]) == ("200", "20")
    assert line["shown_per_100_check_ins"] == "15.00"
    assert line["shown_per_active_person"] == "1.50"
    assert line["percent_of_active_people"] == "75.00"


def test_counts_below_ten_are_not_told(database: Clone) -> None:
    """Nor is a rate from which such a count could be computed. Zero tells of nobody."""
    shown(database, "NZ", "explicit", shown=9, people=4)
    shown(database, "NZ", "indirect", shown=12, people=9)
    checked_in(database, "NZ", people=10, times=1)

    explicit, indirect = report(database)

    assert (explicit["shown"], explicit["people"], explicit["opened"]) == ("<10", "<10", "0")
    assert {explicit[rate] for rate in safety_admin.RATES} == {""}
    assert (indirect["shown_per_active_person"], indirect["percent_of_active_people"]) == ("1.20", "")


def test_few_people_in_a_country_give_no_rates(database: Clone) -> None:
    """The number of people who were active can point to somebody as well."""
    shown(database, "IS", "indirect", shown=30, people=9)
    checked_in(database, "IS", people=9, times=10)

    [line] = report(database)

    assert (line["active_people"], line["shown_per_100_check_ins"]) == ("<10", "33.33")
    assert (line["shown_per_active_person"], line["percent_of_active_people"]) == ("", "")


async def test_a_person_counts_once_in_a_month_for_each_grade(client_for: ClientFactory, database: Clone) -> None:
    """However often they see support of it."""
    for _ in range(2):
        client = client_for()
        for note in (HINT, HINT, "I want to kill myself"):
            await client.post("/", json=CHECK_IN | {"note": note})

    counts = database.rows("SELECT grade, shown, people FROM mend.support_counts ORDER BY grade")

    assert counts == [("explicit", 2, 2), ("indirect", 4, 2)]
