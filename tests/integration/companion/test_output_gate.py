"""What a model writes passes the gate before it is stored or sent."""

import json
import logging

import pytest

from tests.conftest import Client, ClientFactory, Clone
from tests.integration.companion.conftest import Begin, events_in, says, send
from tests.integration.shared.scripted_host import ScriptedHost

DIAGNOSIS = "You clearly have bipolar disorder. "
METHOD = "Take all of the tablets at once with alcohol. "


async def test_a_sentence_that_must_not_be_said_is_replaced(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """The sentences around it stay, and the person is told that part of the reply was replaced."""
    model.scripts = [says("That sounds hard. ", DIAGNOSIS, "What was the hardest part?")]
    path = await begin()

    events = events_in((await me.post(path, json={"content": "Hello"}, headers={"Accept": "text/event-stream"})).text)

    texts = [data["delta"] for _, _, data in events if data["type"] == "text-delta"]
    assert (texts[0], texts[2]) == ("That sounds hard. ", "What was the hardest part?")
    assert "I cannot tell whether somebody is ill" in texts[1]
    assert [data["data"]["text"][:30] for _, name, data in events if name == "notice"] == [
        "Part of this reply was replace"
    ]


async def test_what_is_withheld_is_stored_nowhere(
    me: Client, begin: Begin, model: ScriptedHost, database: Clone, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the conversation, not in the receipt, which counts by category, and not in a log."""
    caplog.set_level(logging.DEBUG)
    model.scripts = [says("I hear you. ", DIAGNOSIS, "Would you like to tell me more?")]
    path = await begin()

    reply = (await send(me, path, "Hello"))["reply"]

    receipt = (await me.get(f"{path}/{reply['id']}/receipt")).json()
    stored = database.rows("SELECT m::text FROM public.conversation_messages AS m")
    assert (receipt["replaced"], receipt["notices"]) == ({"diagnosis": 1}, ["replaced"])
    assert "bipolar" not in json.dumps([reply, receipt]) + str(stored) + caplog.text


async def test_the_gravest_sentence_ends_the_reply(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """Nothing that the model writes after it is sent."""
    model.scripts = [says("I understand. ", METHOD, "It will be over soon. ", "Good night.")]

    reply = (await send(me, await begin(), "Hello"))["reply"]

    assert reply["status"] == "done"
    assert reply["content"].startswith("I understand. I leave out what I was about to write")
    assert "over soon" not in reply["content"]
    assert "Good night" not in reply["content"]


async def test_three_replaced_sentences_in_a_row_end_the_reply(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """They are answered in three different wordings."""
    harmful = ["You are lazy. ", "You only need me. ", "This stays between us. ", "How are you now?"]
    model.scripts = [says(*harmful)]
    path = await begin()

    reply = (await send(me, path, "Hello"))["reply"]

    receipt = (await me.get(f"{path}/{reply['id']}/receipt")).json()
    assert receipt["replaced"] == {"shaming": 1, "dependence": 1, "secrecy": 1}
    assert "How are you now" not in reply["content"]


async def test_harm_that_is_spread_over_two_sentences_is_found(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """A sentence is read together with those before it."""
    model.scripts = [says("Then take all. ", "Of the tablets with alcohol. ", "And lie down.")]

    reply = (await send(me, await begin(), "Hello"))["reply"]

    assert "And lie down" not in reply["content"]


async def test_a_reply_in_a_language_that_no_rule_reads_ends(
    me: Client, client_for: ClientFactory, begin: Begin, model: ScriptedHost
) -> None:
    """A written sentence in the person's language says which languages the companion speaks."""
    await client_for("account", me.person).patch("/profile", json={"locale": "de"})
    model.scripts = [says("Je suis toujours là pour toi. ", "Tu n'as besoin que de moi.")]

    reply = (await send(me, await begin(), "Bonjour"))["reply"]

    assert reply["content"].startswith("Bisher spreche ich nur Englisch und Deutsch.")
    assert "besoin" not in reply["content"]


async def test_a_reply_that_is_cut_off_passes_the_gate_too(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """The last words of a stream that breaks are not sent unread."""
    [head, first, *_] = says("I love you so much")
    model.scripts = [[head, first, "reset"]]

    reply = (await send(me, await begin(), "Hello"))["reply"]

    assert reply["status"] == "failed"
    assert "love you" not in reply["content"]
    assert "I am a program" in reply["content"]
