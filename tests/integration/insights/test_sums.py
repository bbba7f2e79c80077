"""The sums of a person's entries: counted when they are read, and by the job."""

from itertools import product
from uuid import UUID

import pytest

from infra.insight_sums import Rebuilt, rebuild_sums
from shared.clock import utc_now
from shared.services import services
from tests.conftest import ClientFactory, Clone
from tests.integration.insights.diary import CHANGED_DAYS, INSERT, Diary, ago, today
from tests.integration.insights.nights import run_job

STALE = "SELECT stale_since FROM mend.insight_people WHERE user_id = %s"


async def test_a_day_has_the_sums_of_its_entries(diary: Diary) -> None:
    """Values are valence and arousal times intensity."""
    await diary.check_in("happy", ago(3), intensity=10, factors=["Work", "run"])
    await diary.check_in("sad", ago(3), intensity=4, factors=["Work"])
    await diary.check_in("calm", ago(1))

    await diary.count()

    assert diary.days() == [
        (ago(3), 2, 5.7, 2.6, 2, {"happy": 1, "sad": 1}, {"Work": 2, "run": 1}),
        (ago(1), 1, 2.75, -3.25, 0, {"calm": 1}, {}),
    ]


async def test_a_reader_sees_an_entry_at_once(diary: Diary) -> None:
    """No event has to arrive first: a new entry, a changed and a deleted one."""
    entry = await diary.check_in("happy", today())
    assert (await diary.get("/summary"))["entries"] == 1

    await diary.checkin.patch(f"/{entry}", json={"mood": "sad"})
    assert {mood["mood"] for mood in (await diary.get("/summary"))["moods"]} == {"sad"}

    await diary.checkin.delete(f"/{entry}")
    assert (await diary.get("/summary"))["entries"] == 0
    assert diary.database.rows(CHANGED_DAYS, diary.person) == []


async def test_the_sums_do_not_depend_on_when_they_are_counted(client_for: ClientFactory, database: Clone) -> None:
    """An entry is recorded, moves to another day, and goes, while another one stays."""
    sums = []
    for counts in product((False, True), repeat=3):
        diary = Diary(client_for, database)
        await diary.check_in("happy", ago(9), id="00000000-0000-4000-8000-000000000001")
        moved = await diary.check_in("sad", ago(9))
        if counts[0]:
            await diary.count()
        await diary.checkin.patch(f"/{moved}", json={"occurred_at": f"{ago(5)}T12:00:00Z"})
        if counts[1]:
            await diary.count()
        await diary.checkin.delete(f"/{moved}")
        if counts[2]:
            await diary.count()
        await diary.count()
        sums.append([{**row, "user_id": None} for row in diary.sums()])

    assert len(sums[0]) == 4
    assert all(each == sums[0] for each in sums)


async def test_an_entry_that_is_being_stored_is_counted_later(diary: Diary) -> None:
    """Nobody waits for the other, and its changed day stays until the entry is seen."""
    await diary.check_in("happy", ago(3))
    with diary.database.admin() as conn, conn.transaction():
        row: tuple[object, ...] = (diary.person, UUID(int=1), "sad", 5, None, [], utc_now(), ago(3))
        conn.execute(INSERT, row)

        await diary.count()
        assert [row[1] for row in diary.days()] == [1]

    await diary.count()
    assert [row[1] for row in diary.days()] == [2]


async def test_the_job_counts_for_who_does_not_read(client_for: ClientFactory, database: Clone) -> None:
    """It also marks their insights, for the job to look at."""
    diaries = [Diary(client_for, database) for _ in range(3)]
    for diary in diaries:
        await diary.check_in("happy", ago(1))

    await run_job(utc_now())

    for diary in diaries:
        assert [row[:2] for row in diary.days()] == [(ago(1), 1)]
        assert database.value(STALE, diary.person)
        assert database.rows(CHANGED_DAYS, diary.person) == []


async def test_without_consent_nothing_is_counted(diary: Diary, database: Clone) -> None:
    """The job also takes the changed days away."""
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO public.consents (user_id, purpose, granted, version, decided_at)"
            " SELECT %s, purpose, false, valid_since, %s FROM mend.consent_purposes WHERE purpose = 'insights'",
            (diary.person, utc_now()),
        )
    await diary.check_in("happy", ago(1))

    await run_job(utc_now())

    assert diary.sums() == []
    assert database.rows(CHANGED_DAYS, diary.person) == []


async def test_a_changed_entry_moves_to_its_new_day(diary: Diary) -> None:
    """The old day goes if it was the last entry of that day."""
    entry = await diary.check_in("happy", ago(40))
    await diary.count()

    await diary.checkin.patch(f"/{entry}", json={"occurred_at": f"{ago(5)}T12:00:00Z"})
    await diary.count()

    assert [row[0] for row in diary.days()] == [ago(5)]
    assert {row["first_day"] for row in diary.sums() if row.get("unit") == "week"} == {str(ago(5 + ago(5).weekday()))}


async def test_a_deleted_entry_leaves_nothing(diary: Diary) -> None:
    """A person without entries has no sums."""
    entry = await diary.check_in("happy", ago(1))
    await diary.count()

    await diary.checkin.delete(f"/{entry}")
    await diary.count()

    assert diary.sums() == []


async def test_the_first_count_is_of_the_whole_history(diary: Diary) -> None:
    """Entries that are older than the sums are counted as well."""
    diary.write([(ago(400), "sad", 5, []), (ago(30), "calm", 5, [])])
    diary.database.rows("DELETE FROM mend.changed_insight_days WHERE user_id = %s RETURNING 1", diary.person)

    await diary.check_in("happy", ago(1))
    await diary.count()

    assert [row[0] for row in diary.days()] == [ago(400), ago(30), ago(1)]


async def test_what_changes_a_sum_makes_the_insights_stale(diary: Diary) -> None:
    """A note in the diary changes none."""
    entry = await diary.check_in("happy", ago(1))
    await diary.count()
    first = diary.database.value(STALE, diary.person)

    await diary.checkin.patch(f"/{entry}", json={"note": "slept well"})
    await diary.count()
    assert diary.database.value(STALE, diary.person) == first

    await diary.checkin.patch(f"/{entry}", json={"mood": "sad"})
    await diary.count()
    assert diary.database.value(STALE, diary.person) > first


async def test_an_erased_person_leaves_no_sums(diary: Diary) -> None:
    """Entries that go with the account leave no changed days."""
    await diary.check_in("happy", ago(1))
    await diary.count()
    await diary.check_in("happy", ago(2))

    diary.database.rows("DELETE FROM auth.users WHERE id = %s RETURNING 1", diary.person)

    assert diary.sums() == []
    assert diary.database.rows(CHANGED_DAYS, diary.person) == []


async def test_a_rebuild_proves_the_sums_right(diary: Diary) -> None:
    """Also those of who has checked in since the last count, and it writes only what differs."""
    for day in (80, 9, 8):
        await diary.check_in("happy", ago(day), factors=["run"])
    await diary.count()
    await diary.check_in("happy", ago(1))

    assert await rebuild_sums(services().database) == Rebuilt(people=1, differing=0, rows=0)
    assert [row[0] for row in diary.days()] == [ago(80), ago(9), ago(8), ago(1)]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE mend.insight_days SET value_sum = value_sum + 1",
        "DELETE FROM mend.insight_days WHERE day = (SELECT min(day) FROM mend.insight_days)",
        "UPDATE mend.insight_periods SET days = days + 1",
    ],
)
async def test_a_rebuild_repairs_wrong_sums(diary: Diary, damage: str) -> None:
    """Also those of days that have not changed."""
    for day in (80, 9, 1):
        await diary.check_in("happy", ago(day))
    await diary.count()
    before = diary.sums()
    with diary.database.admin() as conn:
        conn.execute(damage.encode())

    rebuilt = await rebuild_sums(services().database)

    assert rebuilt.differing == 1
    assert diary.sums() == before


async def test_an_import_counts_its_days(diary: Diary) -> None:
    """One statement stores them, and records each changed day once."""
    rows = "\n".join(f"{ago(day)},,,12:00,good,run,,," for day in range(30, 0, -1) for _ in range(2))
    response = await diary.checkin.post(
        "/import",
        content=f"full_date,date,weekday,time,mood,activities,note_title,note\n{rows}".encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert response.status_code == 200, response.text
    assert len(diary.database.rows(CHANGED_DAYS, diary.person)) == 30

    await diary.count()

    assert len(diary.days()) == 30


async def test_only_the_most_frequent_factors_are_kept(diary: Diary) -> None:
    """Thousands of labels of one day cannot make later reads slow."""
    diary.write([(ago(3), "happy", 5, ["run", *(f"{entry} {n}" for n in range(29))]) for entry in range(20)])

    await diary.count()

    [day] = diary.days()
    assert len(day[-1]) == 300
    assert day[-1]["run"] == 20
    assert {len(row["factors"]) for row in diary.sums()} == {300}
