"""POST /checkin/batch: an offline queue, each entry judged on its own."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.clock import utc_now
from tests.conftest import Client, ClientFactory
from tests.integration.checkin.diary import checked_in, history_of, profile_set

NOON = "2026-03-01T12:00:00Z"


def entry(**fields: object) -> dict[str, object]:
    return {"id": str(uuid4()), "mood": "okay", "intensity": 5, "occurred_at": NOON} | fields


async def synced(client: Client, *entries: object) -> list[dict[str, Any]]:
    response = await client.post("/batch", json={"entries": entries})
    assert response.status_code == 200, response.text
    results: list[dict[str, Any]] = response.json()["results"]
    return results


async def test_each_entry_has_its_result(me: Client) -> None:
    """Results come in the order of the queue and tell what became of each."""
    known, old, gone = entry(), entry(), entry()
    await synced(me, known, old, gone)
    await synced(me, {"id": gone["id"], "deleted": True})
    new = entry()

    results = await synced(
        me,
        new,
        known,
        old | {"mood": "sad", "edited_at": "2026-03-02T12:00:00Z"},
        gone,
        {"id": str(uuid4()), "deleted": True},
    )

    assert [result["index"] for result in results] == [0, 1, 2, 3, 4]
    assert [result["status"] for result in results] == ["created", "unchanged", "updated", "deleted", "deleted"]
    assert [result["mood_id"] for result in results[:4]] == [new["id"], known["id"], old["id"], gone["id"]]


@pytest.mark.parametrize(
    "bad",
    [
        {},
        [],
        None,
        7,
        "sad",
        {"mood": "meh", "intensity": 5},
        {"mood": "sad"},
        {"mood": "sad", "intensity": 99},
        {"mood": "sad", "intensity": 10**400},
        {"mood": "sad", "intensity": 5, "occurred_at": "2199-01-01T00:00:00Z"},
        {"mood": "sad", "intensity": 5, "edited_at": "2199-01-01T00:00:00Z"},
        {"mood": "sad", "intensity": 5, "note": "a\0b"},
        {"mood": "sad", "intensity": 5, "secret": True},
        {"mood": "sad", "intensity": 5, "deleted": False},
        {"id": "not-a-uuid", "deleted": True},
        {"deleted": True},
        {"id": "0190a7b2-0000-7000-8000-000000000001", "deleted": None},
    ],
)
async def test_one_bad_entry_never_sinks_the_others(me: Client, bad: object) -> None:
    """It is marked invalid, with what is wrong and where; those before and after it are recorded."""
    before, after = entry(), entry()

    first, wrong, last = await synced(me, before, bad, after)

    assert (first["status"], wrong["status"], last["status"]) == ("created", "invalid", "created")
    assert wrong["errors"]
    assert all(fault["loc"][:2] == ["entries", 1] and fault["msg"] for fault in wrong["errors"])
    assert {kept["mood_id"] for kept in await history_of(me)} == {before["id"], after["id"]}


async def test_a_deletion_says_true(me: Client) -> None:
    """`deleted: false` deletes nothing: it is invalid."""
    known = entry()
    await synced(me, known)

    [result] = await synced(me, {"id": known["id"], "deleted": False})

    assert result["status"] == "invalid"
    assert len(await history_of(me)) == 1


async def test_the_number_of_digits_sinks_nothing(me: Client) -> None:
    """A number no computer would count to is refused like any other wrong one."""
    good = '{"mood": "okay", "intensity": 5}'
    body = f'{{"entries": [{good}, {{"mood": "okay", "intensity": 1{"0" * 5000}}}]}}'

    response = await me.post("/batch", content=body, headers={"Content-Type": "application/json"})

    assert response.status_code in {200, 400, 422}


@pytest.mark.parametrize("entries", [None, {}, [], [{"mood": "okay", "intensity": 5}] * 201])
async def test_a_queue_has_one_to_two_hundred_entries(me: Client, entries: object) -> None:
    """Anything else is refused as a whole."""
    assert (await me.post("/batch", json={"entries": entries})).status_code == 422
    assert await history_of(me) == []


async def test_two_hundred_entries_at_once(me: Client) -> None:
    """A long flight's worth of check-ins is one request."""
    queue = [entry(occurred_at=f"2026-03-01T12:{number // 60:02}:{number % 60:02}Z") for number in range(200)]

    results = await synced(me, *queue)

    assert {result["status"] for result in results} == {"created"}
    assert {kept["mood_id"] for kept in await history_of(me)} == {sent["id"] for sent in queue}


async def test_the_later_edit_wins(me: Client) -> None:
    """Not the one that arrives last: the one that was made last, in one batch or in several."""
    first = entry(mood="sad", edited_at="2026-03-02T08:00:00Z")
    second = first | {"mood": "calm", "edited_at": "2026-03-02T09:00:00+00:00"}
    third = first | {"mood": "happy", "edited_at": "2026-03-02T11:30:00+02:00"}

    in_one = await synced(me, first, third, second)
    afterwards = await synced(me, second)

    assert [result["status"] for result in in_one] == ["created", "updated", "unchanged"]
    assert [result["status"] for result in afterwards] == ["unchanged"]
    assert [kept["mood"] for kept in await history_of(me)] == ["happy"]


async def test_an_edit_made_here_beats_an_older_one_in_a_queue(me: Client) -> None:
    """A change by PATCH is an edit of now."""
    queued = entry(mood="sad", edited_at="2026-03-02T08:00:00Z")
    await synced(me, queued)
    await me.patch(f"/{queued['id']}", json={"mood": "calm"})

    [result] = await synced(me, queued | {"mood": "tired", "edited_at": "2026-03-02T09:00:00Z"})

    assert result["status"] == "unchanged"
    assert [kept["mood"] for kept in await history_of(me)] == ["calm"]


async def test_a_deletion_may_arrive_first(me: Client) -> None:
    """What was deleted stays deleted, though the queue with its creation comes later."""
    late = entry()
    await synced(me, {"id": late["id"], "deleted": True})

    batched = await synced(me, late)
    posted = await me.post("/", json=late)

    assert batched[0]["status"] == "deleted"
    assert (posted.status_code, posted.json()["code"]) == (409, "entry_deleted")
    assert await history_of(me) == []


async def test_an_entry_without_an_id_gets_one(me: Client) -> None:
    """As for a single check-in; the result names it."""
    [result] = await synced(me, {"mood": "okay", "intensity": 5})

    [kept] = await history_of(me)
    assert UUID(result["mood_id"]).version == 7
    assert kept["mood_id"] == result["mood_id"]


async def test_a_queue_reaches_nobody_elses_entries(me: Client, client_for: ClientFactory) -> None:
    """Another's id in a queue makes or deletes an entry of one's own, and theirs stays as it is."""
    other = client_for()
    theirs = await checked_in(other, mood="sad")
    [before] = await history_of(other)

    await synced(me, entry(id=theirs["mood_id"], mood="happy"), {"id": theirs["mood_id"], "deleted": True})

    assert await history_of(other) == [before]
    assert await history_of(me) == []


async def test_editing_from_a_queue_after_a_move_leaves_the_day_alone(me: Client, client_for: ClientFactory) -> None:
    """The place where an entry was made does not change because its note did."""
    await profile_set(client_for, me, timezone="Asia/Tokyo")
    made = entry(occurred_at="2026-06-10T20:00:00Z")
    await synced(me, made)
    await profile_set(client_for, me, timezone="America/Los_Angeles")

    await synced(me, made | {"note": "at the airport", "edited_at": "2026-06-12T08:00:00Z"})

    [kept] = await history_of(me)
    assert (kept["note"], kept["timezone"], kept["local_date"]) == ("at the airport", "Asia/Tokyo", "2026-06-11")


async def test_a_queue_sent_again_without_times_changes_nothing(me: Client) -> None:
    """An entry that does not say when it happened happened when it first arrived."""
    untimed = {"id": str(uuid4()), "mood": "okay", "intensity": 5}
    await synced(me, untimed)
    [before] = await history_of(me)

    [result] = await synced(me, untimed)

    assert result["status"] == "unchanged"
    assert await history_of(me) == [before]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_an_edit_beats_a_creation_whose_time_lies_ahead(me: Client, order: tuple[int, int]) -> None:
    """A creation counts as older than every edit, in whichever order the two arrive."""
    made = entry(occurred_at=(utc_now() + timedelta(minutes=4)).isoformat())
    queue = [made, made | {"note": "edited", "edited_at": utc_now().isoformat()}]

    for position in order:
        await synced(me, queue[position])

    [kept] = await history_of(me)
    assert kept["note"] == "edited"
