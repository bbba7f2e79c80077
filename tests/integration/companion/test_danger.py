"""The state machine of danger in conversations, over HTTP."""

from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from functions.companion.rules.danger_states import HELD_STATES
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.integration.companion.conftest import Begin, decide, send
from tests.integration.shared.scripted_host import ScriptedHost

HINT = "I don't know what to say to her"  # for the score alone
MODEL = "I hear you. What was hard today?"
LOCALE = "INSERT INTO public.user_profiles (user_id, locale, country) VALUES (%s, %s, %s)"
STATES = "SELECT danger ->> 'state' FROM public.conversation_messages WHERE answers IS NOT NULL ORDER BY position"

CHANGE_RECORDS = "UPDATE public.conversation_messages SET danger = danger || %s WHERE danger IS NOT NULL"


async def talk(client: Client, path: str, *messages: str) -> list[dict[str, Any]]:
    """The replies to messages."""
    return [(await send(client, path, message))["reply"] for message in messages]


def states(database: Clone) -> list[str | None]:
    with database.admin() as conn:
        return [state for (state,) in conn.execute(STATES).fetchall()]


def speaks(database: Clone, client: Client, locale: str, country: str) -> None:
    with database.admin() as conn:
        conn.execute(LOCALE, (client.person, locale, country))


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (("I want to die", "yes", "I can't talk on the phone"), ["asked", "guided", "eased"]),
        (("I want to die", "no"), ["asked", "accepted"]),
        (("I want to die", "what?", "I don't know", "whatever"), ["asked", "asked_again", "offered", "eased"]),
        (("I want to die", "what?", "yes"), ["asked", "asked_again", "guided"]),
        (("I want to die", "Yes. Tonight."), ["asked", "held"]),
        (("I want to kill myself", "nobody"), ["guided", "eased"]),
        (("I want to kill myself", "that's not what I meant"), ["guided", "accepted"]),
        (("I want to end", "my life"), [None, "guided"]),
        (("I feel like a burden to everyone", "sometimes"), ["asked", "guided"]),
        (("Ich will nicht mehr leben", "Nein, das war nicht so gemeint"), ["asked", "accepted"]),
        (("Yeah, I feel like a burden to everyone", "yes"), ["asked", "guided"]),
        (("I want to die", "my husband hits me", "haha", "no"), ["asked", "others_asked", "asked_again", "accepted"]),
        (("I swallowed 30 paracetamol an hour ago", "hm", "My sister is here", "I am safe"),
         ["poisoned", "poisoned", "poisoned", "poisoned"]),
        (("I swallowed 30 paracetamol an hour ago", "my friend says I should sleep it off", "ok im safe", "yes"),
         ["poisoned", "poisoned", "poisoned", "safe"]),
        (("I have the rope in my hand and will do it now", "hello", "I'm not in danger anymore", "I lied"),
         ["held", "held", "safe", "guided"]),
        (("I want to die", "no", "actually yes"), ["asked", "accepted", "guided"]),
        (("I want to kill myself", "ok i put the pills away. i am safe", "my mum", "I've changed my mind, I'll do it"),
         ["guided", "safe", None, "held"]),
        (("I want to kill myself", "I am alone", "thanks for everything. goodbye"), ["guided", "eased", "offered"]),
        (("I want to die", "no", "I want to kill myself"), ["asked", "accepted", "guided"]),
        (("Yes, the exam is today", "I want to die", "no", "yes, tonight"), [None, "asked", "accepted", "asked_now"]),
        (("I want to die", "no", "I did take some pills last year", "I have the pills at home", "no"),
         ["asked", "accepted", "guided", "means", "held"]),
        (("I want to die", "no", "they are in my hand"), ["asked", "accepted", "held"]),
        (("I want to die", "what are the numbers again", "no"), ["asked", "asked", "accepted"]),
        (("Is there a helpline I can text?", "The garden helps me a little"), ["start", None]),
        (("I want to die", "yes", "Nobody would care. I'm tired of it all", "I can't call anyone, my voice fails",
          "I would be a burden", "thank you", "what do I do tonight", "The garden helps me a little"),
         ["asked", "guided", "eased", "eased", "eased", "parted", "hours", None]),
        (("I want to kill myself", "I am alone", "The garden helps me a little", "I can't speak on the phone"),
         ["guided", "eased", None, "eased"]),
        (("I swallowed 30 paracetamol an hour ago", "give me the number", "yes", "I am safe",
          "yes", "thanks. what do I do tonight", "ok thanks"),
         ["poisoned", "poisoned", "poisoned", "poisoned", "safe", "hours", "parted"]),
    ],
)  # fmt: skip
async def test_what_follows_depends_on_the_answer(  # noqa: PLR0913, PLR0917 - one row of a table
    me: Client,
    begin: Begin,
    model: ScriptedHost,
    database: Clone,
    messages: tuple[str, ...],
    expected: list[str | None],
) -> None:
    """A reply of the machine has support with help lines, and no model is asked for it."""
    replies = await talk(me, await begin(), *messages)

    assert states(database) == expected
    answered = [reply for reply, state in zip(replies, expected, strict=True) if state]
    assert all(reply["support"]["lines"] for reply in answered)
    assert all(reply["content"].startswith(reply["support"]["message"]) for reply in answered)
    assert len(model.seen) == expected.count(None)


@pytest.mark.parametrize("messages", [("I want to die", "no"), ("I want to kill myself", "ok, I'll call")])
async def test_the_conversation_goes_on_afterwards(me: Client, begin: Begin, messages: tuple[str, ...]) -> None:
    """With the next message."""
    *_, last = await talk(me, await begin(), *messages, "The garden helps me a little")

    assert last["content"] == MODEL


async def test_a_question_is_asked_once_in_a_conversation(me: Client, begin: Begin, database: Clone) -> None:
    """After a no, a hint is answered by an offer."""
    await talk(me, await begin(), "I feel like a burden to everyone", "no", "I wish I could just disappear", "hm")

    assert states(database) == ["asked", "accepted", "offered", "eased"]


@pytest.mark.parametrize(
    "words",
    [
        "what should I do next",
        "I don't know what to say to her",
        "ich kenn hier halt niemanden. drei monate schon",
    ],
)
async def test_what_the_score_alone_takes_for_a_hint_is_not_asked_about(me: Client, begin: Begin, words: str) -> None:
    """It is high for many harmless messages, so it gets support beside the reply."""
    [reply] = await talk(me, await begin(), words)

    assert reply["content"] == MODEL
    assert reply["support"]["grade"] in {"indirect", "worth_asking"}


async def test_a_question_beside_a_reply_is_asked_once_and_a_yes_to_it_is_heard(
    me: Client, begin: Begin, database: Clone
) -> None:
    """The reply may have asked something, too, so a yes is asked about in other words."""
    path = await begin()
    hint, yes, again = await talk(me, path, HINT, "yes", "no")
    later = await talk(me, path, HINT)

    assert states(database) == ["wondered", "asked_again", "accepted", None]
    assert hint["content"] == later[0]["content"] == MODEL
    assert hint["support"]["question"]
    assert yes["support"]["question"]
    assert again["support"]["lines"]
    assert later[0]["support"]["question"] is None


async def test_who_has_set_no_language_is_answered_in_the_one_they_write(me: Client, begin: Begin) -> None:
    """A short answer is in the language of what was written before."""
    asked, guided = await talk(me, await begin(), "Ich will nicht mehr leben, alles ist so schwer geworden", "ja")

    assert "niemand liest" in asked["content"]
    assert "niemand" in guided["content"].lower()


async def test_who_asks_what_it_is_is_not_asked_beside_the_reply(me: Client, begin: Begin) -> None:
    """The score is high for such questions."""
    [reply] = await talk(me, await begin(), "Bist du eigentlich ein echter Mensch?")

    assert reply["support"] is None or reply["support"]["question"] is None


async def test_who_says_more_than_yes_beside_a_reply_is_not_asked_again(
    me: Client, begin: Begin, database: Clone
) -> None:
    """What the gate finds counts before the answer."""
    await talk(me, await begin(), HINT, "yes, I think about suicide")

    assert states(database) == ["wondered", "guided"]


async def test_hours_after_immediate_danger_it_is_asked_whether_it_is_over(
    me: Client, client_for: ClientFactory, begin: Begin, database: Clone, move_clock: ClockMover
) -> None:
    """A yes to that is enough."""
    path = await begin()
    await talk(me, path, "I have the rope in my hand and will do it now")
    move_clock(timedelta(hours=30))
    _, last = await talk(client_for("companion", me.person), path, "hello", "yes")

    assert states(database) == ["held", "held", "safe"]
    assert "safe" in last["content"].lower()


async def test_long_messages_are_not_read_as_one_sentence(me: Client, begin: Begin) -> None:
    """Words that are far from each other say nothing together."""
    replies = await talk(
        me,
        await begin(),
        "The Sundays are the worst. Her chair is still at the window.",
        "That I'm sorry I was impatient with her in the last weeks. I snapped at her once about the pills, "
        "and she cried, and then we never talked about it.",
        "I would like something to do in the evenings. I sit in front of the television "
        "and I couldn't tell you what was on.",
    )

    assert [reply["content"] for reply in replies] == [MODEL] * 3


async def test_an_answer_opens_a_care_period_if_the_danger_is_immediate(
    me: Client, begin: Begin, database: Clone
) -> None:
    """Although the gate finds nothing in the answer itself."""
    await talk(me, await begin(), "I feel like a burden to everyone", "yes, tonight")

    assert database.value("SELECT grade FROM public.care_periods") == "immediate"


async def test_a_no_leaves_the_care_period_open(me: Client, begin: Begin, database: Clone) -> None:
    """Only "That is not what I meant" closes it."""
    await talk(me, await begin(), "I want to die", "no")

    assert database.value("SELECT ends_at > now() FROM public.care_periods")


async def test_the_graver_support_stays(me: Client, begin: Begin) -> None:
    """As long as the machine replies, a lesser finding does not replace the lines for a poison."""
    first, *others = await talk(me, await begin(), "I swallowed 30 paracetamol", "what should I do next", "I am safe")

    assert first["support"]["grade"] == "immediate"
    assert all(reply["support"]["lines"] == first["support"]["lines"] for reply in others)
    assert all(reply["support"]["grade"] == "immediate" for reply in others)


async def test_no_wording_comes_twice_in_a_row(me: Client, begin: Begin) -> None:
    """However long somebody stays in danger."""
    replies = await talk(me, await begin(), *["I want to kill myself", "I can't"] * 4)

    assert all(one["content"] != other["content"] for one, other in pairwise(replies))
    assert len({reply["content"] for reply in replies}) > 6


async def test_a_repeat_gets_the_same_reply(me: Client, begin: Begin, database: Clone) -> None:
    """And the state stays what it was."""
    path, id_ = await begin(), str(uuid4())
    await send(me, path, "I want to die")

    first, again = [await send(me, path, "yes", id=id_) for _ in range(2)]

    assert first == again
    assert states(database) == ["asked", "guided"]


async def test_a_state_belongs_to_its_conversation(me: Client, begin: Begin) -> None:
    """A yes in another one answers something else. Deleting the conversation deletes the state."""
    first = await begin()
    await send(me, first, "I want to die")

    [other] = await talk(me, await begin(), "yes")
    await me.delete(first.removesuffix("/messages"))
    [new] = await talk(me, await begin(), "yes")

    assert other["content"] == new["content"] == MODEL


async def test_a_state_outlasts_an_upgrade(me: Client, begin: Begin, database: Clone) -> None:
    """A state of another version goes on where there is such a state, and begins anew where there is none."""
    path = await begin()
    await send(me, path, "I want to die")
    with database.admin() as conn:
        conn.execute(CHANGE_RECORDS, (Jsonb({"version": "of long ago"}),))
    await send(me, path, "what?")
    with database.admin() as conn:
        conn.execute(CHANGE_RECORDS, (Jsonb({"state": "gone"}),))

    [reply] = await talk(me, path, "I want to die")

    assert states(database) == ["gone", "gone", "asked"]
    assert reply["support"]["lines"]


async def test_a_question_of_yesterday_is_over(
    me: Client, client_for: ClientFactory, begin: Begin, move_clock: ClockMover
) -> None:
    """What is written a day later answers something else."""
    path = await begin()
    await send(me, path, "I want to die")
    move_clock(timedelta(hours=25))

    [reply] = await talk(client_for("companion", me.person), path, "yes, the weather is nice")

    assert reply["content"].endswith(MODEL)
    assert reply["support"] is None


async def test_who_asks_what_it_is_is_told_so_first(me: Client, begin: Begin) -> None:
    """Before the question is asked again."""
    *_, reply = await talk(me, await begin(), "I want to die", "Are you a real person?")

    assert reply["content"].startswith("I am a computer program, not a person")
    assert reply["content"].endswith(reply["support"]["question"])


async def test_a_safety_plan_is_pointed_to(me: Client, client_for: ClientFactory, begin: Begin) -> None:
    """If there is one."""
    account = client_for("account", me.person)
    empty: dict[str, list[str]] = {
        name: [] for name in ("alone", "distractions", "people", "professionals", "safer_place")
    }
    await account.put("/safety-plan", json={**empty, "signs": ["I stop answering messages"]})

    [reply] = await talk(me, await begin(), "I want to kill myself")

    assert reply["support"]["safety_plan"] is True
    assert "Your safety plan is here" in reply["content"]


async def test_the_language_and_the_lines_are_those_of_the_person(me: Client, begin: Begin, database: Clone) -> None:
    """In German, the first line of the country is named."""
    speaks(database, me, "de-DE", "DE")

    asked, guided = await talk(me, await begin(), "Ich will nicht mehr leben", "ja")

    assert "niemand" in asked["content"]
    assert guided["support"]["lines"][0]["name"] in guided["content"]
    assert "112" in guided["content"]


@pytest.mark.parametrize("messages", [("Is there a helpline I can text?",), ("I want to end", "my life")])
async def test_without_a_country_the_lines_are_those_of_the_time_zone(
    me: Client, client_for: ClientFactory, begin: Begin, messages: tuple[str, ...]
) -> None:
    """For who asks for them, and for a danger that is told in two messages."""
    await client_for("account", me.person).patch("/profile", json={"timezone": "America/New_York"})

    *_, reply = await talk(me, await begin(), *messages)

    assert {line["country"] for line in reply["support"]["lines"]} == {"US"}


async def test_a_minor_who_asks_for_lines_sees_one_for_children_first(
    me: Client, client_for: ClientFactory, begin: Begin
) -> None:
    """Where their country has one."""
    path = await begin()
    await client_for("account", me.person).patch("/profile", json={"country": "GB", "age_band": "16_to_17"})

    [reply] = await talk(me, path, "Is there a helpline I can text?")

    assert reply["support"]["lines"][0]["kind"] == "children"


@pytest.mark.parametrize(
    ("locale", "country", "messages", "named"),
    [
        ("en-US", "US", ("I am going to kill myself tonight", "what are the numbers again"), ("911", "988", "741741")),
        ("en-US", "US", ("I am going to kill myself tonight", "give me the hotline number"), ("911", "988", "741741")),
        (
            "en-US",
            "US",
            ("I am going to kill myself tonight", "is there a text line? I can't talk"),
            ("911", "text 988", "741741"),
        ),
        (
            "de-DE",
            "DE",
            ("Ich habe eben 30 Tabletten geschluckt", "wie war die Nummer"),
            ("112", "TelefonSeelsorge", "0800 111 0 111"),
        ),
        ("de-AT", "AT", ("Ich bringe mich heute Nacht um", "Kann ich auch schreiben?"), ("TelefonSeelsorge", "142")),
        ("fr-FR", "FR", ("I swallowed 30 paracetamol an hour ago", "what is the number"), ("3114",)),
    ],
)
async def test_in_immediate_danger_who_asks_for_numbers_gets_them(  # noqa: PLR0913, PLR0917 - one row of a table
    me: Client,
    begin: Begin,
    database: Clone,
    locale: str,
    country: str,
    messages: tuple[str, ...],
    named: tuple[str, ...],
) -> None:
    """The emergency number first, then all lines with each way to reach them. The state stays."""
    speaks(database, me, locale, country)

    *_, reply = await talk(me, await begin(), *messages)

    assert [name for name in named if name not in reply["content"]] == []
    assert reply["content"].index(reply["support"]["emergency_number"]) < 130
    assert set(states(database)) <= HELD_STATES


async def test_after_danger_the_next_hours_are_spoken_of_in_german(me: Client, begin: Begin, database: Clone) -> None:
    """Thanks are answered warmly, and a question for tonight by something to do."""
    speaks(database, me, "de-DE", "DE")

    *_, closing, tonight = await talk(
        me,
        await begin(),
        "Ich bringe mich heute Nacht um",
        "Ich bin in Sicherheit",
        "danke",
        "Was mache ich heute Nacht?",
    )

    assert states(database)[-2:] == ["parted", "hours"]
    assert "nächsten Stunden" in closing["content"]
    assert "112" in closing["content"]
    assert closing["support"]["question"] is None
    assert "112" in tonight["content"]


async def test_each_barrier_is_made_smaller_in_its_turn(me: Client, begin: Begin, database: Clone) -> None:
    """Also the second and the third one."""
    speaks(database, me, "de-DE", "DE")

    await talk(
        me,
        await begin(),
        "Ich will nicht mehr leben",
        "ja",
        "Das interessiert doch keinen",
        "Ich kann niemanden anrufen, meine Stimme versagt",
        "Ich wäre nur eine Last",
    )

    with database.admin() as conn:
        texts = [text for (text,) in conn.execute(STATES.replace("'state'", "'text'"))]
    assert texts == ["asked", "guided", "eased_alone", "eased_voice", "eased_burden"]


async def test_a_talk_about_danger_is_over_after_some_hours(
    me: Client, client_for: ClientFactory, begin: Begin, move_clock: ClockMover
) -> None:
    """What is hard to say is then about something else."""
    path = await begin()
    await talk(me, path, "I want to kill myself", "I am alone")
    move_clock(timedelta(hours=3))

    [reply] = await talk(client_for("companion", me.person), path, "I can't talk to anyone")

    assert reply["content"].endswith(MODEL)


async def test_who_has_taken_something_is_asked_for_a_doctor_in_every_language(
    me: Client, begin: Begin, database: Clone
) -> None:
    """That they are safe is not enough, in English either."""
    speaks(database, me, "fr-FR", "FR")
    path = await begin()

    *_, safe, after = await talk(me, path, "Je veux mourir", "j'ai tout avalé", "quoi?", "I am safe", "oui")
    [released] = await talk(me, path, "merci")

    assert states(database) == ["asked", "poisoned", "poisoned", "poisoned", "safe", "parted"]
    assert "antipoison" in safe["support"]["question"]
    assert after["support"]["lines"]
    assert released["support"]["question"] is None


async def test_without_consent_nothing_of_the_state_is_stored(me: Client, begin: Begin, database: Clone) -> None:
    """Danger is answered by the text of the support."""
    path = await begin()
    decide(database, me, granted=False)

    [reply] = await talk(me, path, "I want to die")

    assert reply["support"]["lines"]
    assert states(database) == []


@pytest.mark.parametrize(("answer", "grade"), [("yes", "explicit"), ("hm", None)])
async def test_an_answer_to_an_open_question_has_help_without_consent(
    me: Client, begin: Begin, database: Clone, answer: str, grade: str | None
) -> None:
    """What the companion has asked itself is not refused. Nothing of the answer is stored."""
    path = await begin()
    await talk(me, path, "I want to die")
    decide(database, me, granted=False)

    [reply] = await talk(me, path, answer)

    assert reply["support"]["grade"] == grade
    assert reply["support"]["lines"]
    assert states(database) == ["asked"]
