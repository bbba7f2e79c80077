"""The scripted guide, over the API: without a language model."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from functions.companion.danger.texts import DANGER_TEXTS
from functions.companion.guide.book import FLOW_TEXTS, flow_book
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


async def test_a_kind_that_a_person_avoids_is_not_offered_either(
    me: Client, begin: Begin, client_for: ClientFactory, database: Clone
) -> None:
    """What suits the topic is offered in its place. The next one is of the kind and length that was asked for, too."""
    await client_for("account", me.person).patch("/profile", json={"avoid": ["breathing"]})

    await replies_to(me, await begin(), "can you give me a breathing exercise of 2 min?", "something else")

    with database.admin() as conn:
        [*_, (state,)] = conn.execute(STATES)
        offered = conn.execute("SELECT kind FROM public.content WHERE id::text = ANY (%s)", (state["practices"],))
        kinds = {kind for (kind,) in offered}
    assert (state["kind"], state["minutes"]) == ("breathing", 2)
    assert kinds
    assert "breathing" not in kinds


async def test_the_same_message_has_the_same_reply(me: Client, begin: Begin, database: Clone) -> None:
    """A message that is sent twice moves the talk on once."""
    path, id_ = await begin(), str(uuid4())

    first = await send(me, path, "I can't sleep", id=id_)
    second = await send(me, path, "I can't sleep", id=id_)

    assert first["reply"]["content"] == second["reply"]["content"]
    assert database.value("SELECT count(*) FROM public.conversation_messages WHERE guide IS NOT NULL") == 1


async def test_a_second_conversation_is_worded_otherwise(me: Client, begin: Begin, database: Clone) -> None:
    """The number of the conversation is stored, so it is counted once."""
    contents = ("she broke up with me yesterday", "i keep checking if she is online", "tell more")
    first, second = [await replies_to(me, await begin(), *contents) for _ in range(2)]

    with database.admin() as conn:
        numbers = [state["conversation"] for (state,) in conn.execute(STATES)]
    assert not set(first) & set(second)
    assert sorted(numbers) == [0, 0, 0, 1, 1, 1]


async def test_what_comes_after_a_passage_of_the_help_is_looked_up_too(me: Client, begin: Begin) -> None:
    """Without a word for something practical. What the help does not have is said, and a feeling is a topic."""
    contents = ("is this free?", "who is the Exportweltmeister?", "why am i so sad all the time")
    price, unknown, low = await replies_to(me, await begin(), *contents)

    texts = FLOW_TEXTS.texts("en")
    assert "help/premium.html" in price
    assert unknown in texts.flows["app"]["unknown"]
    assert low.startswith(tuple(texts.leads["low"]))


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

    replies = await replies_to(
        me, path, "I can't sleep", "I am standing on the bridge and I will jump now", "ok", "I am safe"
    )

    assert replies[3].endswith(tuple(str(wording.question) for wording in DANGER_TEXTS.texts("en").wordings["safe"]))


async def test_after_a_talk_about_danger_the_guide_stays_with_the_next_hours(
    me: Client, begin: Begin, database: Clone
) -> None:
    """It asks for no topic. The machine of danger answers the goodbye, and names help."""
    path = await begin()

    replies = await replies_to(
        me, path, "I am so angry", "I want to kill myself", "I would be a burden", "my sister", "gotta go"
    )

    with database.admin() as conn:
        places = [(state["flow"], state["step"]) for (state,) in conn.execute(STATES)]
    assert places == [("anger", "begin"), ("near", "begin")]
    assert "it gets dangerous again" in replies[-1] or "it comes back, call" in replies[-1]


@pytest.mark.parametrize(
    ("locale", "words", "kind"),
    [
        ("en-GB", "can you give me a breathing exercise?", "breathing"),
        ("en-GB", "is there anything short, like 5 min?", None),
        ("de-DE", "Gib mir eine kurze Übung, 5 Minuten", None),
        ("de-DE", "Hast du eine kurze Übung für mich?", None),
        ("de-DE", "etwas Kurzes probieren", None),
    ],
)
async def test_who_asks_for_something_short_gets_a_practice(  # noqa: PLR0913, PLR0917 - one row of a table
    me: Client, begin: Begin, client_for: ClientFactory, database: Clone, locale: str, words: str, kind: str | None
) -> None:
    """Of the kind and the length that they ask for, in any topic."""
    await client_for("account", me.person).patch("/profile", json={"locale": locale})

    await replies_to(me, await begin(), "so so", words)

    with database.admin() as conn:
        state = [state for (state,) in conn.execute(STATES)][-1]
        items = conn.execute(
            "SELECT kind, minutes FROM public.content WHERE id::text = ANY (%s)", (state["practices"],)
        )
        [(offered, minutes)] = items.fetchall()
    assert state["step"] == "practice"
    assert kind in {None, offered}
    assert minutes <= 5 or "5" not in words


@pytest.mark.parametrize(
    ("locale", "words", "article"),
    [
        ("en-GB", "How do I export my data?", "export.html?language=en"),
        ("en-GB", "how do I delete my account?", "deletion.html?language=en"),
        ("en-GB", "How do I cancel my subscription?", "premium.html?language=en"),
        ("en-GB", "how do i change the reminder time", "reminders.html?language=en"),
        ("de-DE", "Wie exportiere ich meine Daten?", "export.html?language=de"),
        ("de-DE", "Wie lösche ich mein Konto?", "deletion.html?language=de"),
        ("de-DE", "Wie kündige ich mein Abo?", "premium.html?language=de"),
        ("de-DE", "how do I delete my account?", "deletion.html?language=de"),
        ("en-GB", "Wie lösche ich mein Konto?", "deletion.html?language=en"),
    ],
)
async def test_a_practical_question_is_answered_by_the_help(  # noqa: PLR0913, PLR0917 - one row of a table
    me: Client, begin: Begin, client_for: ClientFactory, locale: str, words: str, article: str
) -> None:
    """With the passage and a link, in the person's language, in the middle of another topic."""
    await client_for("account", me.person).patch("/profile", json={"locale": locale})

    [_, reply] = await replies_to(me, await begin(), "Hi", words)

    assert f"/companion/help/{article})" in reply
    assert "\n> " in reply


async def test_what_the_help_does_not_know_is_a_question(me: Client, begin: Begin, database: Clone) -> None:
    """The guide says that it has no answer."""
    [reply] = await replies_to(me, await begin(), "who is the Exportweltmeister?")

    with database.admin() as conn:
        places = [(state["flow"], state["step"]) for (state,) in conn.execute(STATES)]
    assert places == [("start", "ask")]
    assert reply.startswith(tuple(FLOW_TEXTS.texts("en").remarks.question))


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
    assert (state["flow"], state["step"], state["version"]) == ("anger", "third", flow_book().version)


async def test_what_the_gate_finds_leads_the_guide(me: Client, begin: Begin, database: Clone) -> None:
    """Worry about somebody else and violence have their flows, also in words that only the gate knows."""
    await replies_to(me, await begin(), "my friend says he wants to kill himself", "he just texted me goodbye")
    await replies_to(me, await begin(), "my dad hits me", "dont call anyone pls")

    with database.admin() as conn:
        places = {(state["flow"], state["step"]) for (state,) in conn.execute(STATES)}
    assert places == {("worried", "begin"), ("worried", "call"), ("violence", "begin"), ("violence", "secret")}


@pytest.mark.parametrize(
    ("country", "number"), [("GB", "(999)"), ("DE", "(112)"), (None, "(112 or 911 in many countries)")]
)
async def test_an_emergency_gets_the_number_of_the_country(
    me: Client, begin: Begin, client_for: ClientFactory, country: str | None, number: str
) -> None:
    """Or, where none is known, that of many."""
    if country:
        await client_for("account", me.person).patch("/profile", json={"country": country})

    [reply] = await replies_to(me, await begin(), "pain in my chest and in my left arm")

    assert number in reply


async def test_a_practice_takes_no_longer_than_asked(me: Client, begin: Begin) -> None:
    """It is of the catalogue, or one of our own, which takes a minute."""
    [reply] = await replies_to(me, await begin(), "give me an exercise of 1 minute please")

    assert re.search(r"\b1 min\.", reply) or reply in FLOW_TEXTS.texts("en").own_practice


async def test_who_has_set_no_language_is_answered_in_their_own(me: Client, begin: Begin) -> None:
    """A word that could be of any language changes nothing."""
    replies = await replies_to(me, await begin(), "Ich kann seit Wochen nicht schlafen", "ok")

    texts = FLOW_TEXTS.texts("de")
    assert replies[0].endswith(tuple(texts.step("sleepless", "begin")))
    assert replies[1].endswith(tuple(texts.step("sleepless", "second")))


async def test_who_has_set_a_language_is_answered_in_it(me: Client, begin: Begin, client_for: ClientFactory) -> None:
    """Whatever they write."""
    await client_for("account", me.person).patch("/profile", json={"locale": "en-GB"})

    [reply] = await replies_to(me, await begin(), "Ich kann seit Wochen nicht schlafen")

    assert reply.endswith(tuple(FLOW_TEXTS.texts("en").step("listen", "begin")))


@pytest.mark.parametrize(
    ("words", "article"),
    [
        ("can i talk to a human", "hand-over.html"),
        ("do you tell my mum what i write?", "who-reads.html"),
        ("how do i delete this chat", "deletion.html"),
    ],
)
async def test_who_asks_for_people_or_privacy_gets_the_article(
    me: Client, begin: Begin, words: str, article: str
) -> None:
    """Its first passage and its address."""
    [reply] = await replies_to(me, await begin(), words)

    assert f"/companion/help/{article}?language=en)" in reply


async def test_who_asks_for_a_human_is_told_that_there_is_none(me: Client, begin: Begin) -> None:
    """Before anything else."""
    [reply] = await replies_to(me, await begin(), "are you real or can i talk to a human")

    assert reply.startswith("I am a computer program, not a person")


async def test_violence_is_remembered_after_some_hours(
    me: Client, begin: Begin, client_for: ClientFactory, database: Clone, move_clock: ClockMover
) -> None:
    """The talk begins with the question whether it is safe, and not as if nothing had been told."""
    path = await begin()
    await replies_to(me, path, "my husband hits me")
    move_clock(TALK + timedelta(hours=4))

    await replies_to(client_for("companion", me.person), path, "im having lunch now")

    with database.admin() as conn:
        places = [(state["flow"], state["step"]) for (state,) in conn.execute(STATES)]
    assert places == [("violence", "begin"), ("violence", "still")]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (["mein Mann schlägt mich", "nein"], "110"),
        (["mein Freund wacht nicht mehr auf"], "112"),
        (["mein Freund wacht nicht mehr auf", "welche Nummer hat der Giftnotruf?"], "19240"),
    ],
)
async def test_each_danger_gets_its_own_number(
    me: Client, begin: Begin, client_for: ClientFactory, words: list[str], number: str
) -> None:
    """The police where somebody hits, the ambulance where somebody does not wake up, and the poison centre if asked."""
    await client_for("account", me.person).patch("/profile", json={"locale": "de-DE", "country": "DE"})

    replies = await replies_to(me, await begin(), *words)

    assert number in replies[-1]
