"""POST /interactions: what a person did with an item, once each."""

import asyncio
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest

from functions.recommend.models import InteractionKind
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.recommend.library import Json, added, did, some_content

NOON = "2026-03-01T12:00:00Z"


def recorded(database: Clone, client: Client) -> list[Any]:
    query = "SELECT id::text, content_id::text, kind, recommendation_id::text FROM public.user_interactions"
    return database.rows(f"{query} WHERE user_id = %s ORDER BY occurred_at, id", client.person)


def emitted(database: Clone, client: Client) -> list[Json]:
    query = "SELECT data FROM mend.outbox WHERE user_id = %s AND type = 'content.interacted' ORDER BY id"
    return [data for (data,) in database.rows(query, client.person)]


async def shown_to(client_for: ClientFactory, client: Client) -> tuple[str, str]:
    """A list that was shown to the person, and something on it."""
    answer = await client_for("checkin", client.person).post("/", json={"mood": "sad", "intensity": 5})
    first: Json = answer.json()["recommendations"][0]
    return first["recommendation_id"], first["content_id"]


@pytest.mark.parametrize("kind", get_args(InteractionKind))
async def test_every_kind_is_recorded_and_makes_an_event(me: Client, database: Clone, kind: str) -> None:
    """The event has ids, kind and time, and nothing about feelings."""
    [content] = some_content(database)

    created = await did(me, content, kind)

    assert UUID(created["interaction_id"]).version == 7
    assert recorded(database, me) == [(created["interaction_id"], content, kind, None)]
    event_facts = {name: created[name] for name in ("interaction_id", "content_id", "kind", "occurred_at")}
    assert emitted(database, me) == [event_facts]


async def test_an_interaction_may_name_the_list_of_its_item(
    me: Client, client_for: ClientFactory, database: Clone
) -> None:
    shown, content = await shown_to(client_for, me)

    created = await did(me, content, "start", recommendation_id=shown, occurred_at=NOON)

    assert created["recommendation_id"] == shown
    assert created["occurred_at"] == NOON
    assert recorded(database, me) == [(created["interaction_id"], content, "start", shown)]


async def test_all_invalid_lists_have_the_same_error(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """There is no telling whether a list exists that is somebody else's."""
    other = client_for("recommend")
    foreign, content = await shown_to(client_for, other)
    mine, _ = await shown_to(client_for, me)
    off_the_list = database.value(
        "SELECT c.id::text FROM public.content AS c, public.recommendations AS r WHERE r.id = %s"
        " AND c.deleted_at IS NULL AND NOT r.items @> jsonb_build_array(jsonb_build_object('content_id', c.id))"
        " LIMIT 1",
        mine,
    )

    answers = [
        await me.post("/interactions", json={"kind": "view", "content_id": item, "recommendation_id": shown})
        for item, shown in ((content, foreign), (content, str(uuid4())), (off_the_list, mine))
    ]

    problems = [(a.status_code, a.json()["code"], a.json()["detail"], a.json()["errors"]) for a in answers]
    assert problems[0] == problems[1] == problems[2]
    assert problems[0][0] == 422
    assert problems[0][3][0]["loc"] == ["body", "recommendation_id"]
    assert recorded(database, me) == []
    assert emitted(database, me) == []


async def test_unknown_and_deleted_content_is_refused(me: Client, admin: Client, database: Clone) -> None:
    deleted_id = (await added(admin))["content_id"]
    await admin.delete(f"/content/{deleted_id}")

    for client in (me, admin):
        for content in (deleted_id, str(uuid4())):
            answer = await client.post("/interactions", json={"content_id": content, "kind": "like"})
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["loc"] == ["body", "content_id"]
    assert recorded(database, me) == []


@pytest.mark.parametrize("timed", [True, False])
async def test_a_repeated_interaction_is_recorded_once(me: Client, database: Clone, timed: bool) -> None:  # noqa: FBT001
    """The second request is answered with 200 and the same interaction, and makes no event."""
    [content] = some_content(database)
    sent = {"id": str(uuid4()), "content_id": content, "kind": "complete"} | ({"occurred_at": NOON} if timed else {})

    first, again = [await me.post("/interactions", json=sent) for _ in range(2)]

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(recorded(database, me)) == len(emitted(database, me)) == 1


async def test_concurrent_repetitions_are_recorded_once(me: Client, database: Clone) -> None:
    """Exactly one of them is answered with 201."""
    [content] = some_content(database)
    sent = {"id": str(uuid4()), "content_id": content, "kind": "complete"}

    answers = await asyncio.gather(*(me.post("/interactions", json=sent) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len(recorded(database, me)) == len(emitted(database, me)) == 1


@pytest.mark.parametrize("change", [{"kind": "skip"}, {"content_id": "other"}, {"occurred_at": "2026-03-02T12:00:00Z"}])
async def test_the_same_id_with_other_fields_is_a_conflict(me: Client, database: Clone, change: Json) -> None:
    """The recorded interaction does not change."""
    content, other = some_content(database, 2)
    sent = {"id": str(uuid4()), "content_id": content, "kind": "complete", "occurred_at": NOON}
    await me.post("/interactions", json=sent)
    before = recorded(database, me)

    answer = await me.post(
        "/interactions", json=sent | change | ({"content_id": other} if "content_id" in change else {})
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "interaction_differs")
    assert recorded(database, me) == before
    assert len(emitted(database, me)) == 1


async def test_an_interaction_survives_the_deletion_of_its_content(me: Client, admin: Client) -> None:
    """So a queue that is sent again has the same results."""
    content = (await added(admin))["content_id"]
    sent = {"id": str(uuid4()), "content_id": content, "kind": "complete"}
    await me.post("/interactions", json=sent)
    await admin.delete(f"/content/{content}")

    assert (await me.post("/interactions", json=sent)).status_code == 200


async def test_ids_are_unique_within_a_person(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """The same id from another person is another interaction."""
    [content] = some_content(database)
    other = client_for("recommend")
    shared = str(uuid4())

    await did(other, content, "like", id=shared)
    await did(me, content, "dislike", id=shared)

    assert [row[2] for row in recorded(database, other)] == ["like"]
    assert [row[2] for row in recorded(database, me)] == ["dislike"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "love"},
        {"content_id": "7"},
        {"content_id": None},
        {"occurred_at": "2199-01-01T00:00:00Z"},
        {"occurred_at": "2026-03-01T12:00:00"},
        {"id": "not-a-uuid"},
        {"user_id": "01a1fd2e-6c4b-7f0a-9a34-0d2f6a7c1b55"},
    ],
    ids=str,
)
async def test_an_invalid_interaction_is_refused(me: Client, database: Clone, wrong: Json) -> None:
    [content] = some_content(database)

    answer = await me.post("/interactions", json={"content_id": content, "kind": "view"} | wrong)

    assert answer.status_code == 422
    assert recorded(database, me) == []
