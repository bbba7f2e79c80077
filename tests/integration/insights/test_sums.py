"""The sums of a person's entries, as events come, repeat, and come late."""

from itertools import permutations
from uuid import uuid4

import pytest

from functions.insights.main import event_consumer
from infra.insight_sums import Rebuilt, rebuild_sums
from shared.clock import utc_now
from shared.events import Event
from shared.services import services
from tests.conftest import ClientFactory, Clone
from tests.event_delivery import deliver
from tests.integration.insights.diary import Diary, ago

STALE = "SELECT stale_since FROM mend.insight_people WHERE user_id = %s"


async def test_a_day_has_the_sums_of_its_entries(diary: Diary) -> None:
    """Values are valence and arousal times intensity."""
    await diary.check_in("happy", ago(3), intensity=10, factors=["Work", "run"])
    await diary.check_in("sad", ago(3), intensity=4, factors=["Work"])
    await diary.check_in("calm", ago(1))

    await diary.handle()

    assert diary.days() == [
        (ago(3), 2, 5.7, 2.6, 2, {"happy": 1, "sad": 1}, {"Work": 2, "run": 1}),
        (ago(1), 1, 2.75, -3.25, 0, {"calm": 1}, {}),
    ]


async def test_events_in_any_order_and_number_lead_to_the_same_sums(client_for: ClientFactory, database: Clone) -> None:
    """An entry is recorded, moves to another day, and goes, while another one stays."""
    sums = []
    for order in permutations(range(4)):
        diary = Diary(client_for, database)
        await diary.check_in("happy", ago(9), id="00000000-0000-4000-8000-000000000001")
        moved = await diary.check_in("sad", ago(9))
        if order[0] % 2:
            await diary.handle()
        await diary.checkin.patch(f"/{moved}", json={"occurred_at": f"{ago(5)}T12:00:00Z"})
        if order[1] % 2:
            await diary.handle()
        await diary.checkin.delete(f"/{moved}")
        events = diary.events()
        await diary.handle(*(events[index] for index in order), *events)
        sums.append([{**row, "user_id": None} for row in diary.sums()])

    assert len(sums[0]) == 4
    assert all(each == sums[0] for each in sums)


async def test_a_changed_entry_moves_to_its_new_day(diary: Diary) -> None:
    """The old day goes if it was the last entry of that day."""
    entry = await diary.check_in("happy", ago(40))
    await diary.handle()

    await diary.checkin.patch(f"/{entry}", json={"occurred_at": f"{ago(5)}T12:00:00Z"})
    await diary.handle()

    assert [row[0] for row in diary.days()] == [ago(5)]
    assert {row["first_day"] for row in diary.sums() if row.get("unit") == "week"} == {str(ago(5 + ago(5).weekday()))}


async def test_a_deleted_entry_leaves_nothing(diary: Diary) -> None:
    """A person without entries has no sums."""
    entry = await diary.check_in("happy", ago(1))
    await diary.handle()

    await diary.checkin.delete(f"/{entry}")
    await diary.handle()

    assert diary.sums() == []


async def test_the_first_event_counts_the_whole_history(diary: Diary) -> None:
    """Entries that are older than the sums are counted as well."""
    diary.write([(ago(400), "sad", 5, []), (ago(30), "calm", 5, [])])

    await diary.check_in("happy", ago(1))
    await diary.handle()

    assert [row[0] for row in diary.days()] == [ago(400), ago(30), ago(1)]


async def test_what_changes_a_sum_makes_the_insights_stale(diary: Diary) -> None:
    """A repeated event changes none."""
    await diary.check_in("happy", ago(1))
    await diary.handle()
    first = diary.database.value(STALE, diary.person)

    [event] = diary.events()
    await diary.handle(event.model_copy(update={"id": uuid4(), "occurred_at": utc_now()}))

    assert diary.database.value(STALE, diary.person) == first == event.occurred_at


async def test_an_erased_person_leaves_no_sums(diary: Diary) -> None:
    """A late event of theirs is acknowledged."""
    await diary.check_in("happy", ago(1))
    await diary.handle()
    [event] = diary.events()

    diary.database.rows("DELETE FROM auth.users WHERE id = %s RETURNING 1", diary.person)

    assert await deliver(event_consumer, event.model_copy(update={"id": uuid4()}))
    assert diary.sums() == []


async def test_a_rebuild_proves_the_sums_right(diary: Diary) -> None:
    """It writes only what differs."""
    for day in (80, 9, 8, 1):
        await diary.check_in("happy", ago(day), factors=["run"])
    await diary.handle()
    before = diary.sums()

    assert await rebuild_sums(services().database) == Rebuilt(people=1, differing=0, rows=0)
    assert diary.sums() == before


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE mend.insight_days SET value_sum = value_sum + 1",
        "DELETE FROM mend.insight_days WHERE day = (SELECT min(day) FROM mend.insight_days)",
        "UPDATE mend.insight_periods SET days = days + 1",
    ],
)
async def test_a_rebuild_repairs_wrong_sums(diary: Diary, damage: str) -> None:
    """Also those that no event would touch."""
    for day in (80, 9, 1):
        await diary.check_in("happy", ago(day))
    await diary.handle()
    before = diary.sums()
    with diary.database.admin() as conn:
        conn.execute(damage.encode())

    rebuilt = await rebuild_sums(services().database)

    assert rebuilt.differing == 1
    assert diary.sums() == before


async def test_an_import_counts_all_days(diary: Diary) -> None:
    """Its event names no entries."""
    diary.write([(ago(day), "happy", 5, ["run"]) for day in range(30, 0, -1)])

    await diary.handle(Event(type="mood.changed", user_id=diary.person, occurred_at=utc_now(), data={}))

    assert len(diary.days()) == 30


async def test_only_the_most_frequent_factors_are_kept(diary: Diary) -> None:
    """Thousands of labels of one day cannot make later reads slow."""
    diary.write([(ago(3), "happy", 5, ["run", *(f"{entry} {n}" for n in range(29))]) for entry in range(20)])

    await diary.count()

    [day] = diary.days()
    assert len(day[-1]) == 300
    assert day[-1]["run"] == 20
    assert {len(row["factors"]) for row in diary.sums()} == {300}
