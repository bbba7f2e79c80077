"""GET /checkin/streak and the streak in answers always match the stored entries."""

from uuid import uuid4

import pytest

from shared.clock import utc_now
from tests.conftest import Client, ClientFactory
from tests.integration.checkin.diary import checked_in, checked_in_at, days_before, profile_set, streak_of


async def test_a_person_without_entries_has_no_run(me: Client) -> None:
    """Both counts are 0."""
    response = await me.get("/streak")

    assert response.status_code == 200
    assert response.json() == {"current": 0, "longest": 0, "checked_in_today": False}


async def test_day_after_day_makes_a_run(me: Client) -> None:
    """Each answer has the current run. A second entry on a day does not change it."""
    answers = [await checked_in(me, occurred_at=moment) for moment in days_before(utc_now(), 2, 1, 0, 0)]

    assert [answer["streak"]["longest"] for answer in answers] == [1, 2, 3, 3]
    assert [answer["streak"]["current"] for answer in answers] == [0, 2, 3, 3]
    assert answers[-1]["streak"] == (await me.get("/streak")).json()


async def test_a_run_lives_until_today_is_over(me: Client) -> None:
    """A run that ended yesterday is current. One that ended the day before is not, but stays the longest."""
    await checked_in_at(me, *days_before(utc_now(), 4, 3, 2))
    assert await streak_of(me) == (0, 3)

    await checked_in_at(me, *days_before(utc_now(), 1))

    assert (await me.get("/streak")).json() == {"current": 4, "longest": 4, "checked_in_today": False}


async def test_a_late_entry_joins_two_runs(me: Client) -> None:
    """A day that is added later counts like any other."""
    moment = utc_now()
    await checked_in_at(me, *days_before(moment, 4, 3, 1, 0))
    assert await streak_of(me) == (2, 2)

    late = await checked_in(me, occurred_at=days_before(moment, 2)[0])

    assert (late["streak"]["current"], late["streak"]["longest"]) == (5, 5)
    assert await streak_of(me) == (5, 5)


async def test_deleting_the_last_entry_of_a_day_splits_a_run(me: Client) -> None:
    """A day counts as long as it has an entry."""
    moment = utc_now()
    [middle] = days_before(moment, 2)
    await checked_in_at(me, *days_before(moment, 4, 3, 1, 0))
    first, second = [await checked_in(me, occurred_at=middle) for _ in range(2)]

    await me.delete(f"/{first['mood_id']}")
    assert await streak_of(me) == (5, 5)
    await me.delete(f"/{second['mood_id']}")

    assert await streak_of(me) == (2, 2)


async def test_deleting_the_only_entry_leaves_no_run(me: Client) -> None:
    """The longest run is also counted from the remaining entries."""
    entry = await checked_in(me)

    assert (await me.delete(f"/{entry['mood_id']}")).status_code == 204

    assert (await me.get("/streak")).json() == {"current": 0, "longest": 0, "checked_in_today": False}


async def test_moving_an_entry_to_another_day_moves_the_run(me: Client) -> None:
    """A change of `occurred_at` to another day changes the streak."""
    moment = utc_now()
    [wrong, right] = days_before(moment, 30, 1)
    entry = await checked_in(me, occurred_at=wrong)
    await checked_in_at(me, *days_before(moment, 2, 0))
    assert await streak_of(me) == (1, 1)

    await me.patch(f"/{entry['mood_id']}", json={"occurred_at": right})

    assert await streak_of(me) == (3, 3)


async def test_a_repeated_check_in_keeps_the_run(me: Client) -> None:
    """The answer has the current streak, even after later entries."""
    moment = utc_now()
    [earlier] = days_before(moment, 3)
    draft = {"id": str(uuid4()), "occurred_at": earlier}
    await checked_in(me, **draft)
    await checked_in_at(me, *days_before(moment, 2, 1, 0))

    repeated = await me.post("/", json={"mood": "okay", "intensity": 5} | draft)

    assert repeated.json()["streak"] == {"current": 4, "longest": 4, "checked_in_today": True}
    assert await streak_of(me) == (4, 4)


async def test_a_streak_that_is_switched_off_is_absent(me: Client, client_for: ClientFactory) -> None:
    """No answer contains it, and GET /streak answers 404. It is counted meanwhile."""
    moment = utc_now()
    await checked_in_at(me, *days_before(moment, 2))
    await profile_set(client_for, me, streaks_enabled=False)

    entry = await checked_in(me, occurred_at=days_before(moment, 1)[0])
    batch = await me.post("/batch", json={"entries": [{"mood": "okay", "intensity": 5}]})
    own = await me.get("/streak")

    assert "streak" not in entry
    assert "streak" not in batch.text + (await me.get("/")).text + (await me.get(f"/{entry['mood_id']}")).text
    assert (own.status_code, own.json()["code"]) == (404, "streaks_off")
    await profile_set(client_for, me, streaks_enabled=True)
    assert await streak_of(me) == (3, 3)


@pytest.mark.parametrize(("day_starts_at", "run"), [("00:00", 2), ("04:00", 1)])
async def test_a_change_of_day_start_recounts_the_streak(
    me: Client, client_for: ClientFactory, day_starts_at: str, run: int
) -> None:
    """With the next entry: at 03:00 it belongs to a new day or to the day before, by the present day start."""
    await checked_in(me, occurred_at="2026-06-10T12:00:00Z")
    await profile_set(client_for, me, day_starts_at=day_starts_at)

    await checked_in(me, occurred_at="2026-06-11T03:00:00Z")

    assert (await streak_of(me))[1] == run
