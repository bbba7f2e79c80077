"""The scripted guide, over the API: without a language model."""

from datetime import timedelta
from uuid import uuid4

import pytest

from functions.companion.danger.texts import DANGER_TEXTS
from functions.companion.guide.replies import TALK
from shared.services import Services
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.integration.companion.conftest import Begin, events_in, send

SSE = {"Accept": "text/event-stream"}
OLD_STATE = """
    UPDATE public.conversation_messages SET guide = guide || '{"version": 0, "step": "cooling"}' WHERE guide IS NOT NULL
"""
STATES = "SELECT guide FROM public.conversation_messages WHERE guide IS NOT NULL ORDER BY position"


@pytest.fixture(autouse=True)
def _no_model(services: Services) -> None:
    vars(services)["settings"] = services.settings.model_copy(update={"environ": {}})


async def replies_to(client: Client, path: str, *contents: str) -> list[str]:
    """The replies to some messages, one after the other."""
    return [(await send(client, path, content))["reply"]["content"] for content in contents]


async def test_a_talk_has_an_end_and_a_way_on(me: Client, begin: Begin, database: Clone) -> None:
    """The guide asks, turns the person's words, offers a practice of the catalogue and comes to an end."""
    path = await begin()
    contents = ("Hi", "I am so angry with my brother", "He took my bike and broke it", "try", "ok", "a bit better")

    replies = await replies_to(me, path, *contents, "thanks")

    with database.admin() as conn:
        titles = [title for (title,) in conn.execute("SELECT title FROM public.content")]
    assert "ou are so angry with your brother" in replies[1]
    assert any(f"“{title}”" in replies[3] for title in titles)
    assert "line" in replies[5] or "check-in" in replies[5]
    assert len(set(replies)) == len(replies)


async def test_a_person_who_reads_german_is_addressed_in_german(
    me: Client, begin: Begin, client_for: ClientFactory
) -> None:
    """Also the practice is in German."""
    await client_for("account", me.person).patch("/profile", json={"locale": "de-AT"})

    replies = await replies_to(me, await begin(), "Ich schlafe nicht, weil mein Chef mich hasst", "Übung")

    assert "u schläfst nicht, weil dein Chef dich hasst" in replies[0]
    assert "Minuten" in replies[1]


async def test_what_a_person_avoids_is_not_offered(
    me: Client, begin: Begin, client_for: ClientFactory, database: Clone
) -> None:
    """The ranking chooses for this person, as it does in their feed."""
    await client_for("account", me.person).patch("/profile", json={"avoid": ["breathing"]})

    replies = await replies_to(me, await begin(), "I am so anxious", "try", "something else")

    with database.admin() as conn:
        kinds: dict[str, str] = dict(conn.execute("SELECT title, kind FROM public.content").fetchall())
    offered = {kind for title, kind in kinds.items() if any(f"“{title}”" in reply for reply in replies)}
    assert offered
    assert offered <= {"mindfulness", "nature"}


async def test_the_same_message_has_the_same_reply(me: Client, begin: Begin, database: Clone) -> None:
    """A message that is sent twice moves the talk on once."""
    path, id_ = await begin(), str(uuid4())

    first = await send(me, path, "I can't sleep", id=id_)
    second = await send(me, path, "I can't sleep", id=id_)

    assert first["reply"]["content"] == second["reply"]["content"]
    assert database.value("SELECT count(*) FROM public.conversation_messages WHERE guide IS NOT NULL") == 1


async def test_a_reply_of_the_guide_is_streamed_and_resumed(me: Client, begin: Begin) -> None:
    """By sentences, as a model's reply is."""
    path = await begin()
    events = events_in((await me.post(path, json={"content": "I can't sleep"}, headers=SSE)).text)
    reply = events[0][2]["messageId"]
    sentences = [data["delta"] for _, _, data in events if data["type"] == "text-delta"]

    resumed = events_in((await me.get(f"{path}/{reply}/stream", headers={"Last-Event-ID": "1"})).text)

    assert len(sentences) > 1
    assert [data["delta"] for _, _, data in resumed if data["type"] == "text-delta"] == sentences[1:]


async def test_a_reply_that_was_not_completed_does_not_count(me: Client, begin: Begin, database: Clone) -> None:
    """The person may have read nothing of it, so the talk goes on from the reply before."""
    path = await begin()
    await replies_to(me, path, "I can't sleep", "my thoughts about tomorrow are so loud")
    with database.admin() as conn:
        conn.execute("UPDATE public.conversation_messages SET status = 'cancelled' WHERE guide ->> 'step' = 'second'")

    await replies_to(me, path, "my thoughts about tomorrow are so loud")

    with database.admin() as conn:
        steps = [state["step"] for (state,) in conn.execute(STATES)]
    assert steps == ["begin", "second", "second"]


async def test_a_script_does_not_reply_again(me: Client, begin: Begin) -> None:
    """It would say the same. The error says what to do instead."""
    path = await begin()
    reply = (await send(me, path, "I can't sleep"))["reply"]

    answer = await me.post(f"{path}/{reply['id']}/regenerate", json={})

    assert (answer.status_code, answer.json()["code"]) == (409, "scripted_reply")
    assert "Change your message" in answer.json()["detail"]


async def test_a_script_that_was_cut_off_replies_again(me: Client, begin: Begin, database: Clone) -> None:
    """The talk goes on from the reply before."""
    path = await begin()
    await replies_to(me, path, "I can't sleep")
    reply = (await send(me, path, "my thoughts about tomorrow are so loud"))["reply"]
    database.rows(
        "UPDATE public.conversation_messages SET status = 'cancelled' WHERE id = %s RETURNING id", reply["id"]
    )

    again = (await me.post(f"{path}/{reply['id']}/regenerate", json={})).json()["reply"]

    with database.admin() as conn:
        steps = [state["step"] for (state,) in conn.execute(STATES)]
    assert (steps, again["status"]) == (["begin", "second"], "done")


async def test_a_changed_message_moves_the_talk_on_from_before(me: Client, begin: Begin, database: Clone) -> None:
    """What the message that it replaces led to does not count."""
    path = await begin()
    old = (await send(me, path, "I can't sleep"))["message"]

    await send(me, path, "I am so angry with my brother", replaces=old["id"])

    with database.admin() as conn:
        flows = [(state["flow"], state["turn"]) for (state,) in conn.execute(STATES)]
    assert flows == [("anger", 1)]


async def test_danger_interrupts_and_who_is_safe_is_asked_for_people(me: Client, begin: Begin) -> None:
    """The guide says nothing in danger. Afterwards it does not go on as if nothing had been."""
    path = await begin()

    replies = await replies_to(me, path, "I can't sleep", "I swallowed 30 paracetamol an hour ago", "ok", "I am safe")

    assert replies[3].endswith(tuple(str(wording.question) for wording in DANGER_TEXTS.texts("en").wordings["safe"]))


async def test_after_some_hours_a_talk_begins_anew(
    me: Client, begin: Begin, client_for: ClientFactory, database: Clone, move_clock: ClockMover
) -> None:
    """Nobody comes back to a question of yesterday."""
    path = await begin()
    await replies_to(me, path, "I can't sleep")
    move_clock(TALK + timedelta(minutes=1))

    await replies_to(client_for("companion", me.person), path, "hello")

    with database.admin() as conn:
        places = [(state["flow"], state["step"]) for (state,) in conn.execute(STATES)]
    assert places == [("sleepless", "begin"), ("start", "ask")]


async def test_a_talk_of_an_old_version_goes_on(me: Client, begin: Begin, database: Clone) -> None:
    """A step that is gone has become the way on of its flow."""
    path = await begin()
    await replies_to(me, path, "I am so angry with my brother")
    with database.admin() as conn:
        conn.execute(OLD_STATE)

    await replies_to(me, path, "He took my bike and broke it in two")

    with database.admin() as conn:
        state = [state for (state,) in conn.execute(STATES)][-1]
    assert (state["flow"], state["step"], state["version"]) == ("anger", "third", 1)
