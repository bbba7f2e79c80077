"""POST /interactions/batch: an offline queue, each entry judged on its own."""

from itertools import permutations
from uuid import uuid4

import pytest

from tests.conftest import Client, Clone
from tests.integration.recommend.library import Json, added, did, some_content
from tests.integration.recommend.test_interactions import NOON, emitted, recorded

NOWHERE = "01a1fd2e-6c4b-7f0a-9a34-0d2f6a7c1b55"


@pytest.fixture
def content(database: Clone) -> str:
    return some_content(database)[0]


def entry(content: str, **fields: object) -> Json:
    return {"id": str(uuid4()), "content_id": content, "kind": "view", "occurred_at": NOON} | fields


async def synced(client: Client, *entries: object) -> list[Json]:
    response = await client.post("/interactions/batch", json={"entries": entries})
    assert response.status_code == 200, response.text
    results: list[Json] = response.json()["results"]
    return results


async def test_each_entry_has_its_result(me: Client, content: str) -> None:
    """The results are in the order of the queue. An invalid entry has errors with field and reason."""
    known = entry(content)
    await synced(me, known)
    new = entry(content, kind="complete")

    results = await synced(
        me,
        new,
        known,
        known | {"kind": "skip"},
        entry(str(uuid4())),
        entry(content, recommendation_id=str(uuid4())),
        {"content_id": content, "kind": "like"},
    )

    assert [result["index"] for result in results] == [0, 1, 2, 3, 4, 5]
    assert [r["status"] for r in results] == ["created", "unchanged", "invalid", "invalid", "invalid", "created"]
    assert [result["interaction_id"] for result in results[:2]] == [new["id"], known["id"]]
    assert [r["errors"][0]["loc"] for r in results[2:5]] == [
        ["entries", 2, "id"],
        ["entries", 3, "content_id"],
        ["entries", 4, "recommendation_id"],
    ]


@pytest.mark.parametrize(
    "bad",
    [
        {},
        [],
        None,
        7,
        "view",
        {"kind": "view"},
        {"content_id": 7, "kind": "view"},
        {"content_id": str(uuid4()), "kind": "love"},
        {"content_id": str(uuid4()), "kind": "view", "secret": True},
        {"content_id": str(uuid4()), "kind": "view", "occurred_at": "2199-01-01T00:00:00Z"},
    ],
)
async def test_an_invalid_entry_does_not_affect_the_others(
    me: Client, database: Clone, content: str, bad: object
) -> None:
    before, after = entry(content), entry(content)

    first, wrong, last = await synced(me, before, bad, after)

    assert (first["status"], wrong["status"], last["status"]) == ("created", "invalid", "created")
    assert all(fault["loc"][:2] == ["entries", 1] and fault["msg"] for fault in wrong["errors"])
    assert {row[0] for row in recorded(database, me)} == {before["id"], after["id"]}
    assert len(emitted(database, me)) == 2


async def test_order_parts_and_repetitions_do_not_matter(me: Client, database: Clone, content: str) -> None:
    """A queue of three, in every order, at once and one by one, is three interactions and three events."""
    queue = [entry(content, kind=kind) for kind in ("view", "start", "complete")]
    for order in permutations(queue):
        await synced(me, *order)
        for each in order:
            await synced(me, each)

    assert {row[0] for row in recorded(database, me)} == {each["id"] for each in queue}
    assert len(emitted(database, me)) == 3


async def test_an_entry_that_is_twice_in_a_queue_is_recorded_once(me: Client, database: Clone, content: str) -> None:
    """The second is unchanged, or invalid if other fields differ."""
    each = entry(content)

    results = await synced(me, each, each, each | {"kind": "skip"})

    assert [result["status"] for result in results] == ["created", "unchanged", "invalid"]
    assert [row[2] for row in recorded(database, me)] == ["view"]
    assert len(emitted(database, me)) == 1


async def test_an_invalid_entry_does_not_use_up_its_id(me: Client, content: str) -> None:
    right = entry(content)

    results = await synced(me, right | {"content_id": str(uuid4())}, right)

    assert [result["status"] for result in results] == ["invalid", "created"]


async def test_single_and_queued_interactions_share_ids(me: Client, content: str) -> None:
    queued = entry(content)
    await did(me, content, "view", id=queued["id"], occurred_at=NOON)

    [result] = await synced(me, queued)

    assert result["status"] == "unchanged"


async def test_a_batch_of_two_hundred_is_recorded(me: Client, admin: Client, database: Clone, content: str) -> None:
    deleted_id = (await added(admin))["content_id"]
    await admin.delete(f"/content/{deleted_id}")

    results = await synced(me, *(entry(content) for _ in range(199)), entry(deleted_id))

    assert [result["status"] for result in results] == ["created"] * 199 + ["invalid"]
    assert len(recorded(database, me)) == 199


@pytest.mark.parametrize("entries", [None, {}, [], [{"content_id": NOWHERE, "kind": "view"}] * 201])
async def test_a_queue_has_one_to_two_hundred_entries(me: Client, entries: object) -> None:
    assert (await me.post("/interactions/batch", json={"entries": entries})).status_code == 422
