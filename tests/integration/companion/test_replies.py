"""Replies: their stream, how they end, resume and cancel, and what danger does."""

import asyncio
import json
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from functions.companion import replies
from functions.companion.queries import ALIVE
from shared.clock import utc_now
from shared.services import Services
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.integration.companion.conftest import HEAD, Begin, decide, events_in, piece, says, send
from tests.integration.shared.scripted_host import Script, ScriptedHost, whole

SSE = {"Accept": "text/event-stream"}
DANGER = "I want to kill myself"
NOW = "I have the rope in my hand and will do it now"
SPREAD = ("I want to end", "my life")
LOCK_WAITS = "SELECT query_start FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
HINT = "I stopped taking my antidepressants"


async def stream(client: Client, path: str, content: str) -> list[tuple[str | None, str, dict[str, Any]]]:
    response = await client.post(path, json={"content": content}, headers=SSE)
    assert response.headers["content-type"].startswith("text/event-stream"), response.text
    return events_in(response.text)


def text_of(events: list[tuple[str | None, str, dict[str, Any]]]) -> str:
    return "".join(data["delta"] for _, _, data in events if data["type"] == "text-delta")


async def unfinished(database: Clone) -> int:
    return int(database.value("SELECT count(*) FROM public.conversation_messages WHERE alive_until IS NOT NULL"))


async def test_a_reply_is_streamed_by_sentences(me: Client, begin: Begin) -> None:
    """Its chunks are those of the npm package `ai`. Each sentence has an id."""
    path = await begin()

    events = await stream(me, path, "Hello")

    reply = (await me.get(path)).json()["items"][0]
    assert [(id_, name, data["type"]) for id_, name, data in events] == [
        (None, "message", "start"),
        (None, "text", "text-start"),
        ("1", "text", "text-delta"),
        ("2", "text", "text-delta"),
        (None, "text", "text-end"),
        (None, "receipt", "data-receipt"),
        (None, "done", "finish"),
    ]
    assert events[0][2]["messageId"] == reply["id"]
    assert text_of(events) == reply["content"] == "I hear you. What was hard today?"


async def test_a_reply_is_resumed_after_the_last_event(me: Client, begin: Begin) -> None:
    """From an event that never was, or without one, all of it is sent."""
    path = await begin()
    events = await stream(me, path, "Hello")
    reply = events[0][2]["messageId"]

    texts = {}
    for last in ("1", "2", "99", "nonsense", None):
        headers = {"Last-Event-ID": last} if last else {}
        texts[last] = text_of(events_in((await me.get(f"{path}/{reply}/stream", headers=headers)).text))

    whole_text = "I hear you. What was hard today?"
    assert texts == {"1": "What was hard today?", "2": "", "99": whole_text, "nonsense": whole_text, None: whole_text}


@pytest.mark.parametrize(
    ("script", "status", "text", "words"),
    [
        ([HEAD, piece("So far. "), piece("And"), "reset"], "failed", "So far. And", "could not be written"),
        (whole(429), "failed", "", "busy"),
        (whole(401), "failed", "", "cannot be written at present"),
        (whole(200, b"<html>"), "failed", "", "could not be written"),
        ([HEAD, piece("", "content_filter"), "close"], "failed", "", "declines"),
        ([HEAD, b"data: " + b"x" * 2_000_000, "close"], "failed", "", "could not be written"),
        ([HEAD, piece("A\x00b.", "length"), "close"], "done", "Ab.", ""),
    ],
)
async def test_whatever_a_provider_does_ends_in_a_sentence(  # noqa: PLR0913, PLR0917 - one row of a table
    me: Client,
    begin: Begin,
    model: ScriptedHost,
    script: Script,
    status: str,
    text: str,
    words: str,
) -> None:
    """What came before stays. The stream ends with that sentence as well."""
    model.scripts = [script]
    path = await begin()

    events = await stream(me, path, "Hello")

    reply = (await me.get(path)).json()["items"][0]
    assert (reply["status"], reply["content"]) == (status, text)
    assert words in (reply["notice"] or "")
    assert events[-1][2]["type"] == ("error" if words else "finish")
    assert words in events[-1][2].get("errorText", "")


async def test_who_leaves_does_not_stop_the_reply(
    me: Client, begin: Begin, model: ScriptedHost, database: Clone
) -> None:
    """It is written to its end, and is there when they come back."""
    model.scripts = [[HEAD, piece("One. Two"), "stall"]]
    path = await begin()
    request = asyncio.create_task(me.post(path, json={"content": "Hello"}, headers=SSE))
    await model.stalling.wait()
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)

    assert await unfinished(database) == 1
    assert not model.left.is_set()
    reply = (await me.get(path)).json()["items"][0]
    await me.post(f"{path}/{reply['id']}/cancel")
    await model.left.wait()


async def test_a_cancelled_reply_ends_within_seconds(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """The provider's request ends, also when another process is asked to cancel. What is there stays."""
    model.scripts = [[HEAD, piece("One. Two"), "stall"]]
    path = await begin()
    request = asyncio.create_task(me.post(path, json={"content": "Hello"}, headers=SSE))
    await model.stalling.wait()
    while not (reply := (await me.get(path)).json()["items"][0])["content"]:  # noqa: ASYNC110 - it is in Postgres
        await asyncio.sleep(0)

    cancelled = await me.post(f"{path}/{reply['id']}/cancel")

    assert cancelled.status_code == 202
    async with asyncio.timeout(10):
        events = events_in((await request).text)
        await model.left.wait()
    assert events[-1][2] == {"type": "abort"}
    stored = (await me.get(path)).json()["items"][0]
    assert (stored["status"], stored["content"], stored["notice"]) == ("cancelled", "One. ", "You stopped this reply.")


async def test_a_deleted_conversation_ends_its_reply(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """Nothing of it is stored again."""
    model.scripts = [[HEAD, piece("One. Two"), "stall"]]
    path = await begin()
    request = asyncio.create_task(me.post(path, json={"content": "Hello"}, headers=SSE))
    await model.stalling.wait()

    await me.delete(path.removesuffix("/messages"))

    async with asyncio.timeout(10):
        assert events_in((await request).text)[-1][2] == {"type": "abort"}
        await model.left.wait()


async def test_a_reply_whose_process_died_is_partial(
    me: Client, begin: Begin, database: Clone, move_clock: ClockMover
) -> None:
    """As soon as its lease has expired. The next message is answered."""
    path = await begin()
    await send(me, path, "Hello")
    with database.admin() as conn:
        conn.execute(
            "UPDATE public.conversation_messages SET status = 'running', alive_until = %s,"
            " parts = parts[1:1] WHERE answers IS NOT NULL",
            (utc_now() + ALIVE,),
        )
    move_clock(2 * ALIVE)

    partial = (await me.get(path)).json()["items"][0]
    events = events_in((await me.get(f"{path}/{partial['id']}/stream")).text)
    after = await send(me, path, "Still there?")

    assert (partial["status"], partial["content"]) == ("partial", "I hear you. ")
    assert (
        partial["notice"]
        == events[-1][2]["errorText"]
        == "This reply ended too early: what you see is all there is of it."
    )
    assert after["reply"]["status"] == "done"


async def test_messages_wait_for_their_turn(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """One reply is written, three messages wait, a fifth is refused. All are answered in order."""
    model.scripts = [[HEAD, piece("First."), "stall"], says("Later.")]
    path = await begin()
    first = asyncio.create_task(me.post(path, json={"content": "1"}, headers=SSE))
    await model.stalling.wait()
    waiting = []
    for number in range(2, 5):
        waiting.append(asyncio.create_task(me.post(path, json={"content": str(number)}, headers=SSE)))
        while len((await me.get(path)).json()["items"]) < 1 + 2 * number:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)

    refused = await me.post(path, json={"content": "5"})

    assert (refused.status_code, refused.json()["code"]) == (409, "replies_waiting")
    reply = (await me.get(path)).json()["items"][-3]
    await me.post(f"{path}/{reply['id']}/cancel")
    async with asyncio.timeout(30):
        await asyncio.gather(first, *waiting)
    questions = [json.loads(seen.body)["messages"][-1]["content"] for seen in model.seen]
    assert questions == ["1", "2", "3", "4"]
    assert replies.running == {}


@pytest.mark.parametrize("content", [DANGER, NOW])
async def test_danger_is_answered_by_us_and_by_no_model(
    me: Client, begin: Begin, model: ScriptedHost, content: str
) -> None:
    """At once, with help lines, and stored like a reply."""
    path = await begin()

    events = await stream(me, path, content)

    assert model.seen == []
    support = next(data["data"] for _, name, data in events if name == "support")
    assert support["lines"]
    assert text_of(events).startswith(support["message"])
    stored = (await me.get(path)).json()["items"][0]
    assert stored["support"] == support
    assert stored["content"] == text_of(events)


async def test_after_immediate_danger_no_model_replies_until_the_person_is_safe(
    me: Client, begin: Begin, model: ScriptedHost
) -> None:
    """They get help lines again, in other words each time. Their own word ends it, a condition does not.

    That word is answered with help lines too.
    """
    path = await begin()
    await stream(me, path, NOW)

    held = [await stream(me, path, words) for words in ("Hello?", "If I am safe, you talk again?", DANGER, "Hm")]
    calls = len(model.seen)
    safe = await stream(me, path, "My brother is here. I am safe now")
    released = await stream(me, path, "I would like to sleep")

    assert calls == 0
    assert any(name == "support" for _, name, _ in safe)
    assert all(any(name == "support" for _, name, _ in events) for events in held)
    assert all(text_of(one) != text_of(other) for one, other in pairwise(held))
    assert text_of(released) == "I hear you. What was hard today?"


async def test_danger_may_be_spread_over_messages(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """Those since the last support are read together."""
    path = await begin()
    await send(me, path, SPREAD[0])

    events = await stream(me, path, SPREAD[1])

    assert any(name == "support" for _, name, _ in events)
    assert len(model.seen) == 1


async def test_danger_is_answered_without_consent(
    me: Client, begin: Begin, model: ScriptedHost, database: Clone
) -> None:
    """And nothing is stored of it."""
    path = await begin()
    decide(database, me, granted=False)

    events = await stream(me, path, DANGER)

    assert [name for _, name, _ in events if name == "support"]
    assert model.seen == []
    assert len((await me.get(path)).json()["items"]) == 1


async def test_danger_interrupts_a_reply(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """What was being written ends, and the support does not wait for it."""
    model.scripts = [[HEAD, piece("One. Two"), "stall"]]
    path = await begin()
    request = asyncio.create_task(me.post(path, json={"content": "Hello"}, headers=SSE))
    await model.stalling.wait()

    events = await stream(me, path, DANGER)

    assert any(name == "support" for _, name, _ in events)
    async with asyncio.timeout(10):
        assert events_in((await request).text)[-1][2] == {"type": "abort"}
        await model.left.wait()


async def test_what_is_worth_asking_gets_support_and_a_reply(me: Client, begin: Begin) -> None:
    """The support comes first."""
    events = await stream(me, await begin(), HINT)

    names = [name for _, name, _ in events]
    assert names.index("support") < names.index("text")
    assert text_of(events) == "I hear you. What was hard today?"


@pytest.mark.parametrize(
    ("locale", "content", "words"),
    [
        ("en", "Wait, are you a real person?", "I am a computer program, not a person"),
        ("de", "Bist du eigentlich ein Mensch?", "Ich bin ein Computerprogramm, kein Mensch"),
    ],
)
async def test_who_asks_is_told_what_it_is(  # noqa: PLR0913, PLR0917 - fixtures
    me: Client, begin: Begin, client_for: ClientFactory, locale: str, content: str, words: str
) -> None:
    """Before the model says anything."""
    await client_for("account", me.person).patch("/profile", json={"locale": locale})

    reply = (await send(me, await begin(), content))["reply"]["content"]

    assert reply.startswith(words)
    assert reply.endswith("What was hard today?")


async def test_without_a_provider_the_companion_says_so(
    services: Services, me: Client, begin: Begin, model: ScriptedHost
) -> None:
    """It is a script then, and does not pretend to be more."""
    vars(services)["settings"] = services.settings.model_copy(update={"environ": {}})
    path = await begin()

    await send(me, path, "Hello")
    danger = await stream(me, path, DANGER)

    assert "not a person and not an AI" in (await me.get(path)).json()["items"][-1]["content"]
    assert any(name == "support" for _, name, _ in danger)
    assert model.seen == []


@pytest.mark.slow
async def test_a_reply_outlasts_a_short_absence_of_postgres(
    me: Client, begin: Begin, model: ScriptedHost, database: Clone
) -> None:
    """A transaction that could not be made is tried again, for as long as the lease lasts."""
    model.scripts = [[HEAD, piece("First."), "stall"], says("Later.")]
    path = await begin()
    first = asyncio.create_task(me.post(path, json={"content": "1"}, headers=SSE))
    await model.stalling.wait()
    second = asyncio.create_task(me.post(path, json={"content": "2"}, headers=SSE))
    while len((await me.get(path)).json()["items"]) < 5:  # noqa: ASYNC110 - it is in Postgres
        await asyncio.sleep(0)
    replies_of = [item["id"] for item in (await me.get(path)).json()["items"] if item["role"] == "assistant"]

    waits: set[object] = set()
    with database.admin() as conn, database.admin() as observer, conn.transaction():
        conn.execute("SELECT FROM public.conversation_messages WHERE id = %s FOR UPDATE", (replies_of[0],))
        while len(waits) < 2:  # the first one has ended by its time-out then
            waits |= set(observer.execute(LOCK_WAITS).fetchall())
            await asyncio.sleep(0.01)
    await me.post(f"{path}/{replies_of[1]}/cancel")

    async with asyncio.timeout(30):
        await first
        assert text_of(events_in((await second).text)) == "Later."


async def test_a_reply_that_nobody_reads_ends(
    me: Client, begin: Begin, model: ScriptedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while, so that it costs no more."""
    monkeypatch.setattr(replies, "UNREAD_SECONDS", 0)
    model.scripts = [[HEAD, piece("One. Two"), "stall"]]
    request = asyncio.create_task(me.post(await begin(), json={"content": "Hello"}, headers=SSE))
    await model.stalling.wait()

    request.cancel()

    async with asyncio.timeout(10):
        await model.left.wait()


async def test_a_question_is_not_a_reply(me: Client, begin: Begin) -> None:
    """It cannot be cancelled. What does not exist cannot either."""
    path = await begin()
    question = (await send(me, path, "Hello"))["message"]["id"]

    assert (await me.post(f"{path}/{question}/cancel")).json()["code"] == "no_reply"
    assert (await me.post(f"{path}/{uuid4()}/cancel")).status_code == 404
    assert (await me.get(f"{path}/{uuid4()}/stream")).status_code == 404


def test_a_lease_outlasts_its_renewals() -> None:
    """Several renewals may be late before a reply counts as partial."""
    assert timedelta(seconds=replies.RENEW_SECONDS) * 5 < ALIVE


async def test_a_reply_fails_whose_sentences_find_no_connection(
    services: Services, me: Client, begin: Begin, model: ScriptedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person is told instead of waiting, and other requests have connections meanwhile."""
    monkeypatch.setattr(replies, "LONGEST_STORING", 0.05)
    model.scripts = [says("One. Two.")]
    path = await begin()
    for _ in range(services.settings.pool_size // 2):
        await services.database.unhurried.acquire()

    reply = (await send(me, path, "Hello"))["reply"]

    assert (reply["status"], reply["content"]) == ("failed", "")
    assert reply["notice"]
