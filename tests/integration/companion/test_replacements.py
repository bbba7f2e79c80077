"""A reply that is written again, and a message that is sent in place of the latest one."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.clock import utc_now
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.integration.companion.conftest import HEAD, Begin, decide, events_in, piece, says, send
from tests.integration.shared.scripted_host import ScriptedHost, whole

SSE = {"Accept": "text/event-stream"}
LEASE = timedelta(minutes=5)  # longer than a slow machine needs
DANGER = "I want to kill myself"
STORED = "SELECT count(*) FROM public.conversation_messages WHERE role = %s AND array_to_string(parts, '') = %s"


async def again(client: Client, path: str, reply: dict[str, Any], **body: str) -> httpx.Response:
    return await client.post(f"{path}/{reply['id']}/regenerate", json=body)


async def listed(client: Client, path: str) -> list[str]:
    """The texts of a conversation in their order, without the first, which says what the companion is."""
    return [item["content"] for item in (await client.get(path)).json()["items"][-2::-1]]


def sent(model: ScriptedHost) -> list[list[str]]:
    """The messages that the model was sent, in each request."""
    return [[part["content"] for part in json.loads(seen.body)["messages"][1:]] for seen in model.seen]


async def test_a_reply_is_written_again(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """The new one takes the place of the old one. The model is sent what came before, and not the old one."""
    path = await begin()
    await send(me, path, "One")
    old = (await send(me, path, "Two"))["reply"]
    model.scripts = [says("Said in another way.")]

    exchange = await again(me, path, old)

    assert exchange.status_code == 201
    assert exchange.json()["reply"]["content"] == "Said in another way."
    assert await listed(me, path) == ["One", "I hear you. What was hard today?", "Two", "Said in another way."]
    assert sent(model)[2] == sent(model)[1]


async def test_a_reply_is_written_again_as_a_stream(me: Client, begin: Begin) -> None:
    """As for a message, with the id of the new reply."""
    path, id_ = await begin(), str(uuid4())
    old = (await send(me, path, "Hello"))["reply"]

    response = await me.post(f"{path}/{old['id']}/regenerate", json={"id": id_}, headers=SSE)

    events = events_in(response.text)
    assert (events[0][2]["messageId"], events[-1][2]) == (id_, {"type": "finish"})


async def test_a_repeated_request_writes_one_reply(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """The id tells that it is the same. Without one, the reply that was named is no longer the latest."""
    path, id_ = await begin(), str(uuid4())
    old = (await send(me, path, "Hello"))["reply"]

    first, second = [await again(me, path, old, id=id_) for _ in range(2)]
    without = await again(me, path, old)

    assert first.json() == second.json()
    assert (without.status_code, without.json()["code"]) == (409, "not_latest")
    assert len(model.seen) == 2


async def test_two_devices_have_one_new_reply(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """Only one of them gets it. The other one is told to load the messages again."""
    path = await begin()
    old = (await send(me, path, "Hello"))["reply"]

    answers = await asyncio.gather(*(again(me, path, old, id=str(uuid4())) for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len(await listed(me, path)) == 2
    assert len(model.seen) == 2


@pytest.mark.parametrize("which", ["an earlier reply", "the first message", "a message"])
async def test_only_the_latest_reply_is_written_again(me: Client, begin: Begin, which: str) -> None:
    """What was replied to it would no longer fit."""
    path = await begin()
    [first] = (await me.get(path)).json()["items"]
    earlier, latest = [await send(me, path, text) for text in ("One", "Two")]
    named = {"an earlier reply": earlier["reply"], "the first message": first, "a message": latest["message"]}[which]

    answer = await again(me, path, named)

    assert (answer.status_code, answer.json()["code"]) == (409, "no_reply" if which == "a message" else "not_latest")
    assert len(await listed(me, path)) == 4


async def test_a_reply_that_failed_is_written_again(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """The message need not be sent a second time."""
    model.scripts = [whole(401), says("Here I am.")]
    path = await begin()
    failed = (await send(me, path, "Hello"))["reply"]

    exchange = await again(me, path, failed)

    assert failed["status"] == "failed"
    assert exchange.json()["reply"]["status"] == "done"
    assert await listed(me, path) == ["Hello", "Here I am."]


async def test_a_reply_whose_process_died_is_written_again(
    me: Client, begin: Begin, database: Clone, move_clock: ClockMover
) -> None:
    """As soon as its lease has expired. Before, it may still be written."""
    path = await begin()
    reply = (await send(me, path, "Hello"))["reply"]
    with database.admin() as conn:
        conn.execute(
            "UPDATE public.conversation_messages SET status = 'running', alive_until = %s WHERE answers IS NOT NULL",
            (utc_now() + LEASE,),
        )
    early = await again(me, path, reply)
    move_clock(2 * LEASE)

    late = await again(me, path, reply)

    assert (early.status_code, early.json()["code"]) == (409, "reply_running")
    assert late.json()["reply"]["status"] == "done"


async def test_the_latest_message_is_changed(me: Client, begin: Begin, model: ScriptedHost, database: Clone) -> None:
    """The new one and its reply take the place of the old ones, whose words are kept nowhere."""
    path = await begin()
    await send(me, path, "One")
    old = await send(me, path, "My sister Ada called")
    model.scripts = [says("Who called?")]

    await send(me, path, "My sister called", replaces=old["message"]["id"])

    assert await listed(me, path) == ["One", "I hear you. What was hard today?", "My sister called", "Who called?"]
    assert sent(model)[2] == [*sent(model)[1][:-1], "My sister called"]
    assert database.rows(STORED, "user", "My sister Ada called") == [(0,)]


async def test_a_changed_message_names_its_conversation(me: Client, begin: Begin) -> None:
    """A title of the first words changes with them. One that the person gave stays."""
    path = await begin()
    conversation = path.removesuffix("/messages")
    old = await send(me, path, "My sister Ada")
    new = await send(me, path, "My sister", replaces=old["message"]["id"])
    changed = (await me.get(conversation)).json()["title"]
    await me.patch(conversation, json={"title": "Family"})

    await send(me, path, "My brother", replaces=new["message"]["id"])

    assert changed == "My sister"
    assert (await me.get(conversation)).json()["title"] == "Family"


async def test_a_changed_message_that_is_sent_twice_is_stored_once(
    me: Client, begin: Begin, model: ScriptedHost
) -> None:
    """And the old one, which a second device sends once more, is not stored again."""
    path, old, new = await begin(), str(uuid4()), str(uuid4())
    await send(me, path, "One", id=old)

    first, second = [await send(me, path, "Two", id=new, replaces=old) for _ in range(2)]
    late = await me.post(path, json={"content": "One", "id": old})

    assert first == second
    assert (late.status_code, late.json()["code"]) == (409, "not_latest")
    assert await listed(me, path) == ["Two", "I hear you. What was hard today?"]
    assert len(model.seen) == 2


@pytest.mark.parametrize("replaces", ["an earlier message", "a reply", "nothing"])
async def test_only_the_latest_message_is_changed(me: Client, begin: Begin, replaces: str) -> None:
    """An earlier one was replied to, a reply is not the person's, and others do not exist for them."""
    path = await begin()
    earlier, latest = [await send(me, path, text) for text in ("One", "Two")]
    ids = {"an earlier message": earlier["message"]["id"], "a reply": latest["reply"]["id"], "nothing": str(uuid4())}

    answer = await me.post(path, json={"content": "Three", "replaces": ids[replaces]})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_latest")
    assert len(await listed(me, path)) == 4


async def test_a_change_ends_the_reply_that_is_being_written(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """Its provider's request is closed, its stream is aborted, and the new reply does not wait for it."""
    model.scripts = [[HEAD, piece("One. Two"), "stall"], says("New.")]
    path, old = await begin(), str(uuid4())
    request = asyncio.create_task(me.post(path, json={"content": "Old", "id": old}, headers=SSE))
    await model.stalling.wait()

    new = await send(me, path, "New", replaces=old)

    async with asyncio.timeout(10):
        events = events_in((await request).text)
        await model.left.wait()
    assert events[-1][2] == {"type": "abort"}
    assert new["reply"]["status"] == "done"
    assert await listed(me, path) == ["New", "New."]


async def test_what_was_replaced_says_so(me: Client, begin: Begin) -> None:
    """To a device that still shows it. Nothing of it is left to read."""
    path = await begin()
    old = (await send(me, path, "Hello"))["reply"]
    await again(me, path, old)

    events = events_in((await me.get(f"{path}/{old['id']}/stream")).text)
    cancelled = await me.post(f"{path}/{old['id']}/cancel")

    assert [data["type"] for _, _, data in events] == ["start", "data-notice", "data-receipt", "abort"]
    assert events[1][2]["data"]["text"] == "Another reply has taken the place of this one."
    assert (cancelled.json()["status"], cancelled.json()["content"]) == ("replaced", "")


async def test_a_stored_response_forgets_what_was_replaced(me: Client, begin: Begin, database: Clone) -> None:
    """A response that is kept for an `Idempotency-Key` has its words as well."""
    path = await begin()
    old = (await send(me, path, "Hello"))["reply"]
    await me.post(f"{path}/{old['id']}/cancel", headers={"Idempotency-Key": "one"})
    stored = database.rows("SELECT body IS NULL FROM mend.idempotency_keys WHERE user_id = %s", me.person)

    await again(me, path, old)

    assert stored == [(False,)]
    assert database.rows("SELECT body IS NULL FROM mend.idempotency_keys WHERE user_id = %s", me.person) == [(True,)]


async def test_what_was_said_in_danger_stays(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """Neither the answer nor the message is replaced, so that no state is lost."""
    path = await begin()
    exchange = await send(me, path, DANGER)

    answers = [
        await again(me, path, exchange["reply"]),
        await me.post(path, json={"content": "Nothing", "replaces": exchange["message"]["id"]}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "answered_by_care")] * 2
    assert (await listed(me, path))[0] == DANGER
    assert model.seen == []


async def test_danger_in_a_changed_message_is_answered_by_us(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """The gate reads the new words. A refusal has support as well."""
    path = await begin()
    old = (await send(me, path, "Hello"))["message"]["id"]

    refused = await me.post(path, json={"content": DANGER, "replaces": str(uuid4())})
    changed = await send(me, path, DANGER, replaces=old)

    assert refused.status_code == 409
    assert refused.json()["support"]["lines"]
    assert changed["reply"]["content"].startswith(changed["reply"]["support"]["message"])
    assert len(model.seen) == 1


async def test_support_beside_a_reply_stays_beside_the_next(me: Client, begin: Begin) -> None:
    """The words that it is for are still there."""
    path = await begin()
    old = (await send(me, path, "I stopped taking my antidepressants"))["reply"]

    exchange = (await again(me, path, old)).json()

    assert exchange["reply"]["support"] == old["support"] is not None


async def test_a_reminder_that_was_replaced_is_given_again(
    me: Client, client_for: ClientFactory, begin: Begin, move_clock: ClockMover
) -> None:
    """It begins the next reply, and no later one."""
    path = await begin()
    move_clock(timedelta(hours=4))
    client = client_for("companion", me.person)
    old = await send(client, path, "Hello")

    new = (await again(client, path, old["reply"])).json()
    changed = await send(client, path, "Something else", replaces=old["message"]["id"])
    later = await send(client, path, "And then")

    texts = [exchange["reply"]["content"] for exchange in (old, new, changed, later)]
    assert [text.startswith("A reminder: I am a computer program") for text in texts] == [True, True, True, False]


async def test_who_asks_what_it_is_is_told_again(me: Client, begin: Begin) -> None:
    """Before the model writes anything."""
    path = await begin()
    old = (await send(me, path, "Are you human?"))["reply"]

    new = (await again(me, path, old)).json()["reply"]

    assert new["content"] == old["content"]
    assert new["content"].startswith("I am a computer program")


async def test_without_consent_nothing_is_written_again(
    me: Client, begin: Begin, database: Clone, model: ScriptedHost
) -> None:
    """What there is stays."""
    path = await begin()
    exchange = await send(me, path, "Hello")
    decide(database, me, granted=False)

    answers = [
        await again(me, path, exchange["reply"]),
        await me.post(path, json={"content": "Other", "replaces": exchange["message"]["id"]}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "consent_needed")] * 2
    assert len(await listed(me, path)) == 2
    assert len(model.seen) == 1


async def test_a_reply_of_another_person_does_not_exist(
    me: Client, begin: Begin, client_for: ClientFactory, database: Clone
) -> None:
    """Nor may a message replace another person's."""
    path = await begin()
    exchange = await send(me, path, "Hello")
    other = client_for("companion")
    decide(database, other, granted=True)
    own = await begin(other)
    await send(other, own, "Hello")

    foreign = await again(other, path, exchange["reply"])
    within = await again(other, own, exchange["reply"])
    message = await other.post(own, json={"content": "Mine", "replaces": exchange["message"]["id"]})

    assert [answer.status_code for answer in (foreign, within, message)] == [404, 404, 409]
    assert len(await listed(me, path)) == 2
