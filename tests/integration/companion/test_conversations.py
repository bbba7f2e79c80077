"""Conversations: create, list, search, rename, delete, export, and whose they are."""

import json
from uuid import uuid4

import pytest

from tests.conftest import Client, ClientFactory, Clone
from tests.integration.companion.conftest import Begin, decide, send
from tests.integration.shared.scripted_host import ScriptedHost


async def test_a_conversation_begins_with_what_the_companion_is(me: Client, begin: Begin) -> None:
    """A program, in its first message, whatever the model says later."""
    path = await begin()

    [first] = (await me.get(path)).json()["items"]

    assert (first["role"], first["status"]) == ("assistant", "done")
    assert "I am a computer program" in first["content"]


async def test_it_says_so_in_the_persons_language(me: Client, client_for: ClientFactory, begin: Begin) -> None:
    """The language of their profile."""
    await client_for("account", me.person).patch("/profile", json={"locale": "de-AT"})

    [first] = (await me.get(await begin())).json()["items"]

    assert "Computerprogramm" in first["content"]


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}])
async def test_a_conversation_begins_without_a_body(me: Client, begin: Begin, headers: dict[str, str]) -> None:
    """All its fields are optional, so nothing is as good as an empty object. What is sent has to be JSON."""
    await begin()

    begun = await me.post("/conversations", headers=headers)
    refused = await me.post("/conversations", content=b"title", headers={"Content-Type": "text/plain"})

    assert (begun.status_code, begun.json()["title"]) == (201, None)
    assert refused.status_code == 415


async def test_conversations_are_listed_newest_first(me: Client, begin: Begin) -> None:
    """The one with the latest message is the first, named by its first words."""
    paths = [await begin() for _ in range(2)]
    await send(me, paths[0], "A  walk\nin the rain")

    page = (await me.get("/conversations", params={"limit": 1})).json()
    rest = (await me.get("/conversations", params={"limit": 1, "cursor": page["next_cursor"]})).json()

    assert [item["title"] for item in page["items"] + rest["items"]] == ["A walk in the rain", None]
    assert [item["id"] for item in page["items"] + rest["items"]] == [path.split("/")[2] for path in paths]


async def test_a_conversation_is_renamed_and_deleted(me: Client, begin: Begin, database: Clone) -> None:
    """Its messages are deleted with it."""
    path = await begin()
    await send(me, path, "Hello")
    conversation = path.removesuffix("/messages")

    renamed = await me.patch(conversation, json={"title": "Mine"})
    deleted = await me.delete(conversation)

    assert (renamed.json()["title"], deleted.status_code) == ("Mine", 204)
    assert (await me.get(conversation)).status_code == (await me.get(path)).status_code == 404
    assert database.value("SELECT count(*) FROM public.conversation_messages") == 0


async def test_without_consent_nothing_begins(client_for: ClientFactory, database: Clone, model: ScriptedHost) -> None:
    """The error says how to give it. What there was stays readable, and can be deleted."""
    client = client_for("companion")
    refused = await client.post("/conversations", json={})
    decide(database, client, granted=True)
    conversation = (await client.post("/conversations", json={})).json()["id"]
    decide(database, client, granted=False)

    answer = await client.post(f"/conversations/{conversation}/messages", json={"content": "Hello"})

    assert [(one.status_code, one.json()["code"]) for one in (refused, answer)] == [(403, "consent_needed")] * 2
    assert "PUT /account/consents/ai" in answer.json()["detail"]
    assert model.seen == []
    assert (await client.get(f"/conversations/{conversation}/messages")).status_code == 200
    assert (await client.delete(f"/conversations/{conversation}")).status_code == 204


async def test_a_conversation_of_another_person_does_not_exist(
    me: Client, begin: Begin, client_for: ClientFactory, database: Clone
) -> None:
    """Neither its messages nor its replies."""
    path = await begin()
    reply = (await send(me, path, "Hello"))["reply"]["id"]
    other = client_for("companion")
    decide(database, other, granted=True)

    answers = [
        await other.get(path),
        await other.post(path, json={"content": "Hello"}),
        await other.get(f"{path}/{reply}/stream"),
        await other.post(f"{path}/{reply}/cancel"),
        await other.patch(path.removesuffix("/messages"), json={"title": "Mine"}),
        await other.delete(path.removesuffix("/messages")),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6


@pytest.mark.parametrize("content", ["", " \n\t", "\x00", "\x07\u200b", "x" * 10_001])
async def test_what_cannot_be_read_is_refused(me: Client, begin: Begin, content: str) -> None:
    """Nothing, control characters, or more than 10,000 characters."""
    answer = await me.post(await begin(), json={"content": content})

    assert answer.status_code == 422


async def test_a_message_comes_back_as_it_was_written(me: Client, begin: Begin) -> None:
    """HTML is text. Whoever shows it escapes it."""
    content = "<script>alert(1)</script> & 🙂 東京"

    exchange = await send(me, await begin(), content)

    assert exchange["message"]["content"] == content


async def test_a_message_that_is_sent_twice_is_stored_once(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """The same id gets the same reply. Another message with that id is refused."""
    path, id_ = await begin(), str(uuid4())

    first, second = [await send(me, path, "Hello", id=id_) for _ in range(2)]
    other = await me.post(path, json={"content": "Something else", "id": id_})

    assert first == second
    assert (other.status_code, other.json()["code"]) == (409, "message_id_used")
    assert len(model.seen) == 1
    assert len((await me.get(path)).json()["items"]) == 3


async def test_a_model_is_sent_the_conversation_and_nothing_else(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """The instructions, then all messages in order. No id, name or mood of the person."""
    path = await begin()
    await send(me, path, "Hello")
    await send(me, path, "It was a long day.")

    sent = json.loads(model.seen[1].body)

    assert [(part["role"], part["content"]) for part in sent["messages"][1:]] == [
        ("user", "Hello"),
        ("assistant", "I hear you. What was hard today?"),
        ("user", "It was a long day."),
    ]
    assert sent["messages"][0]["role"] == "system"
    assert str(me.person).encode() not in model.seen[1].body
