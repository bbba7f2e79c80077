"""POST /checkin/batch: an offline queue, each entry validated on its own."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.clock import utc_now
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.checkin.diary import checked_in, history_of, profile_set

NOON = "2026-03-01T12:00:00Z"


def entry(**fields: object) -> dict[str, object]:
    return {"id": str(uuid4()), "mood": "okay", "intensity": 5, "occurred_at": NOON} | fields


async def synced(client: Client, *entries: object) -> list[dict[str, Any]]:
    response = await client.post("/batch", json={"entries": entries})
    assert response.status_code == 200, response.text
    results: list[dict[str, Any]] = response.json()["results"]
    return results


async def test_each_entry_has_a_result(me: Client) -> None:
    """Results are in the order of the queue, each with its status and id."""
    same, edited, deleted = entry(), entry(), entry()
    await synced(me, same, edited, deleted)
    await synced(me, {"id": deleted["id"], "deleted": True})
    new = entry()

    results = await synced(
        me,
        new,
        same,
        edited | {"mood": "sad", "edited_at": "2026-03-02T12:00:00Z"},
        deleted,
        {"id": str(uuid4()), "deleted": True},
    )

    assert [result["index"] for result in results] == [0, 1, 2, 3, 4]
    assert [result["status"] for result in results] == ["created", "unchanged", "updated", "deleted", "deleted"]
    assert [result["mood_id"] for result in results[:4]] == [new["id"], same["id"], edited["id"], deleted["id"]]


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
async def test_an_invalid_entry_does_not_affect_the_others(me: Client, bad: object) -> None:
    """Its status is `invalid`, with the errors and their location. The entries before and after it are stored."""
    before, after = entry(), entry()

    first, invalid, last = await synced(me, before, bad, after)

    assert (first["status"], invalid["status"], last["status"]) == ("created", "invalid", "created")
    assert invalid["errors"]
    assert all(fault["loc"][:2] == ["entries", 1] and fault["msg"] for fault in invalid["errors"])
    assert {stored["mood_id"] for stored in await history_of(me)} == {before["id"], after["id"]}


async def test_half_an_emoji_holds_up_no_queue(me: Client) -> None:
    """An app may cut a text within an emoji. The entry is stored with a sign in its place, and so are the others."""
    written = json.dumps({"entries": [entry(note="cut \ud83d"), entry(note="whole \U0001f600")]})

    response = await me.post("/batch", content=written, headers={"Content-Type": "application/json"})

    assert [result["status"] for result in response.json()["results"]] == ["created", "created"]
    assert {stored["note"] for stored in await history_of(me)} == {"cut \ufffd", "whole \U0001f600"}


async def test_a_queue_does_not_make_what_it_deletes(me: Client, database: Clone) -> None:
    """Wherever the deletion stands. All results say `deleted`, a repeat says the same, and the day has as much room."""
    gone, kept = entry(), entry()
    deletion = {"id": gone["id"], "deleted": True}
    queue = [deletion, gone, kept, gone | {"mood": "sad", "edited_at": "2026-03-02T12:00:00Z"}]

    results = await synced(me, *queue)
    repeated = await synced(me, *queue)

    assert [result["status"] for result in results] == ["deleted", "deleted", "created", "deleted"]
    assert [result["status"] for result in repeated] == ["deleted", "deleted", "unchanged", "deleted"]
    assert [item["mood_id"] for item in await history_of(me)] == [kept["id"]]
    assert database.value("SELECT made FROM mend.entry_counts WHERE user_id = %s", me.person) == 1


async def test_deleted_can_only_be_true(me: Client) -> None:
    """`deleted: false` is invalid and deletes nothing."""
    existing = entry()
    await synced(me, existing)

    [result] = await synced(me, {"id": existing["id"], "deleted": False})

    assert result["status"] == "invalid"
    assert len(await history_of(me)) == 1


async def test_a_number_of_5000_digits_is_no_server_error(me: Client) -> None:
    """Such a number is an ordinary client error."""
    good = '{"mood": "okay", "intensity": 5}'
    body = f'{{"entries": [{good}, {{"mood": "okay", "intensity": 1{"0" * 5000}}}]}}'

    response = await me.post("/batch", content=body, headers={"Content-Type": "application/json"})

    assert response.status_code in {200, 400, 422}


@pytest.mark.parametrize("entries", [None, {}, [], [{"mood": "okay", "intensity": 5}] * 201])
async def test_a_queue_has_one_to_two_hundred_entries(me: Client, entries: object) -> None:
    """Any other length or type is refused with 422."""
    assert (await me.post("/batch", json={"entries": entries})).status_code == 422
    assert await history_of(me) == []


async def test_two_hundred_entries_at_once(me: Client) -> None:
    """The largest allowed batch is stored completely."""
    queue = [entry(occurred_at=f"2026-03-01T12:{number // 60:02}:{number % 60:02}Z") for number in range(200)]

    results = await synced(me, *queue)

    assert {result["status"] for result in results} == {"created"}
    assert {stored["mood_id"] for stored in await history_of(me)} == {item["id"] for item in queue}


async def test_the_later_edit_wins(me: Client) -> None:
    """The latest `edited_at` wins, not the last arrival, in one batch or in several."""
    first = entry(mood="sad", edited_at="2026-03-02T08:00:00Z")
    second = first | {"mood": "calm", "edited_at": "2026-03-02T09:00:00+00:00"}
    third = first | {"mood": "happy", "edited_at": "2026-03-02T11:30:00+02:00"}

    in_one = await synced(me, first, third, second)
    afterwards = await synced(me, second)

    assert [result["status"] for result in in_one] == ["created", "updated", "unchanged"]
    assert [result["status"] for result in afterwards] == ["unchanged"]
    assert [stored["mood"] for stored in await history_of(me)] == ["happy"]


async def test_a_patch_wins_over_an_older_queued_edit(me: Client) -> None:
    """A PATCH counts as an edit at the time of the request."""
    queued = entry(mood="sad", edited_at="2026-03-02T08:00:00Z")
    await synced(me, queued)
    await me.patch(f"/{queued['id']}", json={"mood": "calm"})

    [result] = await synced(me, queued | {"mood": "tired", "edited_at": "2026-03-02T09:00:00Z"})

    assert result["status"] == "unchanged"
    assert [stored["mood"] for stored in await history_of(me)] == ["calm"]


async def test_a_deletion_may_arrive_before_its_entry(me: Client) -> None:
    """The entry stays deleted when its creation arrives later."""
    late = entry()
    await synced(me, {"id": late["id"], "deleted": True})

    batched = await synced(me, late)
    posted = await me.post("/", json=late)

    assert batched[0]["status"] == "deleted"
    assert (posted.status_code, posted.json()["code"]) == (409, "entry_deleted")
    assert await history_of(me) == []


async def test_an_entry_without_an_id_gets_one(me: Client) -> None:
    """The result names the new id, as for a single check-in."""
    [result] = await synced(me, {"mood": "okay", "intensity": 5})

    [stored] = await history_of(me)
    assert UUID(result["mood_id"]).version == 7
    assert stored["mood_id"] == result["mood_id"]


async def test_a_batch_cannot_change_entries_of_others(me: Client, client_for: ClientFactory) -> None:
    """The id of another person's entry only affects an entry of one's own with the same id."""
    other = client_for()
    theirs = await checked_in(other, mood="sad")
    [before] = await history_of(other)

    await synced(me, entry(id=theirs["mood_id"], mood="happy"), {"id": theirs["mood_id"], "deleted": True})

    assert await history_of(other) == [before]
    assert await history_of(me) == []


async def test_a_queued_edit_after_a_change_of_zone_keeps_the_local_date(me: Client, client_for: ClientFactory) -> None:
    """If `occurred_at` stays the same, so do zone and local date."""
    await profile_set(client_for, me, timezone="Asia/Tokyo")
    created = entry(occurred_at="2026-06-10T20:00:00Z")
    await synced(me, created)
    await profile_set(client_for, me, timezone="America/Los_Angeles")

    await synced(me, created | {"note": "at the airport", "edited_at": "2026-06-12T08:00:00Z"})

    [stored] = await history_of(me)
    assert (stored["note"], stored["timezone"], stored["local_date"]) == ("at the airport", "Asia/Tokyo", "2026-06-11")


async def test_a_repeated_entry_without_a_time_changes_nothing(me: Client) -> None:
    """An entry without `occurred_at` keeps the time of its first arrival."""
    untimed = {"id": str(uuid4()), "mood": "okay", "intensity": 5}
    await synced(me, untimed)
    [before] = await history_of(me)

    [result] = await synced(me, untimed)

    assert result["status"] == "unchanged"
    assert await history_of(me) == [before]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_an_edit_wins_over_a_creation_in_the_future(me: Client, order: tuple[int, int]) -> None:
    """A creation is older than every edit, in any order of arrival."""
    created = entry(occurred_at=(utc_now() + timedelta(minutes=4)).isoformat())
    queue = [created, created | {"note": "edited", "edited_at": utc_now().isoformat()}]

    for position in order:
        await synced(me, queue[position])

    [stored] = await history_of(me)
    assert stored["note"] == "edited"
