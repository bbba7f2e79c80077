"""Talks about danger in people's own words, over HTTP: what follows, and who comes back."""

from datetime import timedelta

import pytest

from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.integration.companion.conftest import Begin, says
from tests.integration.companion.test_danger import HINT, MODEL, states, talk
from tests.integration.shared.scripted_host import ScriptedHost

GARDEN = "The garden helps me a little"
SUICIDE = "Sometimes I think about killing myself"
WORN_OUT = "Ich kann nicht mehr. Zwei Kinder, Vollzeitjob, und meine Mutter wird zum Pflegefall."
ROPE = "I have the rope in my hand and will do it now"


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ((SUICIDE, "tonight", "I have it all planned"), ["guided", "held", "held"]),
        (("Ich denke manchmal daran, mich umzubringen", "hm", "heute noch"), ["guided", "eased", "held"]),
        ((SUICIDE, "I will call", "tonight", "no"), ["guided", "eased", "asked_now", "accepted"]),
        (("I want to die", "I'm on the roof", "bye"), ["asked", "held", "held"]),
        (("I want to die", "I'm on the platform", "yes"), ["asked", "asked_now", "held"]),
        (("die stimmen sagen ich soll springen", "bin oben", "nein"), ["asked", "held", "held"]),
        (("I want to die", "no", "I'm at the station", "no"), ["asked", "accepted", "asked_again", "accepted"]),
        (("I want to die", "I keep a loaded 9mm in the nightstand", "it's for home defence", "no"),
         ["asked", "means", "means_again", "held"]),
        (("Ich will nicht mehr leben", "nei würklech nöd", "ja doch"), ["asked", "accepted", "guided"]),
        (("I want to die", "no", "yes"), ["asked", "accepted", "asked_again"]),
        (("I want to die", "yes", "oh no i meant yes its my job, im not suicidal"), ["asked", "guided", "accepted"]),
        ((SUICIDE, "no not really", "I was being dramatic"), ["guided", "asked_again", "accepted"]),
        ((SUICIDE, "hm", "just kidding", GARDEN), ["guided", "eased", "accepted", None]),
        (("I took a load of pills", "the doctor says I'm ok", "I've been discharged"),
         ["poisoned", "poisoned", "safe"]),
        (("I swallowed 30 paracetamol", "I am in hospital now", "they say I have to stay a night"),
         ["poisoned", "poisoned", "safe"]),
        ((ROPE, "I'm fine", "I feel better, thanks"), ["held", "held", "safe"]),
        ((SUICIDE, "ok, night"), ["guided", "parted"]),
        ((SUICIDE, "hm", GARDEN, "cheers mate gonna get some kip"), ["guided", "eased", None, "parted"]),
        (("I want to die", "it's not me, it's my friend Emma", GARDEN), ["asked", "worried", None]),
        (("I want to die", "my friend Emma wants to die", "I want to kill myself"), ["asked", "worried", "guided"]),
        ((HINT, GARDEN, "yes"), ["wondered", None, None]),
        (("ich ritz mich manchmal", "nein", "nein", GARDEN), ["asked", "hurt", "urged", None]),
        (("ich ritz mich manchmal", "hm", "nein", "ja, am Arm", "mein Bruder"),
         ["asked", "asked_again", "hurt", "wounded", None]),
        (("I cut myself sometimes", "no", "yes it's still bleeding a bit", GARDEN), ["asked", "hurt", "wounded", None]),
        (("I cut myself sometimes", "no", "I cut my arm last night", "ok thanks"),
         ["asked", "hurt", "wounded", "parted"]),
        (("I cut myself sometimes", "no", "no", "I want to die", "no"), ["asked", "hurt", "urged", "guided", "eased"]),
        (("I cut myself sometimes", "no", "I want to kill myself"), ["asked", "hurt", "guided"]),
        (("I cut myself sometimes", "yes"), ["asked", "guided"]),
        (("I want to die", "no", "I cut myself sometimes", "no"), ["asked", "accepted", "hurt", "urged"]),
        (("I want to die", "yes", "ok i took them all already", "im fine now"),
         ["asked", "guided", "poisoned", "poisoned"]),
        (("I want to die", "i took like 20"), ["asked", "poisoned"]),
        (("Ich will nicht mehr leben", "hab 20 genommen"), ["asked", "poisoned"]),
        (("I want to die", "YESSS 😢"), ["asked", "guided"]),
        (("I want to die", "no 🙂"), ["asked", "accepted"]),
        (("I want to die", "👍"), ["asked", "guided"]),
        (("I want to die", "yes but not now"), ["asked", "guided"]),
        (("I want to die", "yse"), ["asked", "guided"]),
        (("I want to die", "oui"), ["asked", "guided"]),
        (("I want to die", "yeah i do i think about it all the time i dont know"), ["asked", "guided"]),
        (("I want to die", "mhm"), ["asked", "guided"]),
        (("I want to die", "yes i will", "no"), ["asked", "asked_now", "accepted"]),
        (("I want to die", "yes and i will do it", "yes"), ["asked", "asked_now", "held"]),
        (("I want to die", "yes but I won't do it"), ["asked", "guided"]),
        (("I want to die", "yes, I'll call"), ["asked", "guided"]),
        (("Ich will nicht mehr leben", "ja, werd ich"), ["asked", "asked_now"]),
        (("Ich will nicht mehr leben", "nur so gedanken"), ["asked", "guided"]),
        (("I want to die", "i took the pills"), ["asked", "poisoned"]),
        (("I want to die", "yes", "I've already taken them"), ["asked", "guided", "poisoned"]),
        (("Ich will nicht mehr leben", "hab alles geschluckt"), ["asked", "poisoned"]),
        (("I want to die", "no", "i took my meds this morning"), ["asked", "accepted", None]),
        ((WORN_OUT, "Mein Mann sagt, ich soll mal einen Tag freinehmen", "Der Garten tut mir gut"),
         ["hint_asked", "listened", None]),
        ((WORN_OUT, "weiß nicht", "Mein Mann sagt, ich soll mal einen Tag freinehmen"),
         ["hint_asked", "asked_again", "offered"]),
        ((WORN_OUT, "ja"), ["hint_asked", "guided"]),
        ((WORN_OUT, "heute noch"), ["hint_asked", "held"]),
        (("I can't do this anymore. Two kids and a full-time job", "my husband says I should take a day off",
          "they would all be better off without me"), ["hint_asked", "listened", "asked_again"]),
        (("They would all be better off without me", "my husband says I should take a day off"),
         ["asked", "asked_again"]),
        (("I can't do this anymore, I want to die", "my husband says I should take a day off"),
         ["asked", "asked_again"]),
    ],
)  # fmt: skip
async def test_what_follows_in_other_words(
    me: Client, begin: Begin, database: Clone, messages: tuple[str, ...], expected: list[str | None]
) -> None:
    """Places, plans and times count in every state, and what was told by mistake may be taken back."""
    await talk(me, await begin(), *messages)

    assert states(database) == expected


async def test_a_yes_to_the_question_for_suicide_opens_a_care_period(me: Client, begin: Begin, database: Clone) -> None:
    """Although what led to the question was a hint, which opens none."""
    _, guided = await talk(me, await begin(), "I feel like a burden to everyone", "yes")

    assert guided["support"]["grade"] == "explicit"
    assert database.value("SELECT grade FROM public.care_periods") == "explicit"


async def test_a_yes_belongs_to_the_reply_if_that_waits_for_one(
    me: Client, begin: Begin, model: ScriptedHost, database: Clone
) -> None:
    """The support beside it has asked, too."""
    model.scripts = [says("Here is an exercise. ", "Will you try it?")]

    await talk(me, await begin(), HINT, "yes")

    assert states(database) == ["wondered", None]


async def test_voices_are_heard_over_several_messages(me: Client, begin: Begin, database: Clone) -> None:
    """What they command is in another one than that they are voices."""
    await talk(
        me, await begin(), "I hear voices", "they tell me things", "they say I should jump", "I'm walking there now"
    )

    assert "asked" in states(database)
    assert states(database)[-1] == "held"


async def test_worry_about_somebody_else_has_its_support_beside_the_reply(
    me: Client, begin: Begin, model: ScriptedHost
) -> None:
    """With the emergency number, and the guide for those who worry."""
    *_, reply = await talk(me, await begin(), "I want to die", "it's not me, it's my friend Emma")

    assert reply["content"] == MODEL
    assert reply["support"]["guide"] == "worried-about-someone"
    assert "emergency number" in reply["support"]["message"]


async def test_immediate_danger_goes_on_in_a_new_conversation(me: Client, begin: Begin, database: Clone) -> None:
    """Until the person is safe, which then counts in both."""
    first, second = await begin(), await begin()
    await talk(me, first, ROPE)

    hello, safe = await talk(me, second, "hi it's me again", "yes")
    [back] = await talk(me, first, GARDEN)

    assert states(database).count("held") == 2
    assert "Are you safe" in hello["content"] or "are you safe" in hello["content"]
    assert "safe" in safe["content"].lower() or "still here" in safe["content"]
    assert back["content"].endswith(MODEL)


async def test_in_the_care_period_a_hint_is_heard(
    me: Client, client_for: ClientFactory, begin: Begin, database: Clone, move_clock: ClockMover
) -> None:
    """A day later, in the same conversation and in a new one."""
    first = await begin()
    await talk(me, first, "I want to kill myself")
    move_clock(timedelta(hours=26))
    later = client_for("companion", me.person)

    await talk(later, first, "it came back last night though")
    await talk(later, await begin(later), "the thoughts are back")

    assert states(database).count("asked") == 2


async def test_a_question_that_was_left_open_for_hours_is_asked_anew(
    me: Client, client_for: ClientFactory, begin: Begin, database: Clone, move_clock: ClockMover
) -> None:
    """With a greeting, since the person may have forgotten it."""
    path = await begin()
    await talk(me, path, "I want to die")
    move_clock(timedelta(hours=10))

    [reply] = await talk(client_for("companion", me.person), path, "morning")

    assert states(database) == ["asked", "asked_again"]
    assert reply["content"].startswith(("Hello", "Good that you are back"))


async def test_hours_after_immediate_danger_who_is_better_is_asked_kindly(
    me: Client, client_for: ClientFactory, begin: Begin, database: Clone, move_clock: ClockMover
) -> None:
    """They are not told to call."""
    path = await begin()
    await talk(me, path, ROPE)
    move_clock(timedelta(hours=14))

    asked, again, safe = await talk(
        client_for("companion", me.person), path, "hello", "I feel better thanks", "yes thanks, I'm fine"
    )

    assert "safe" in asked["support"]["question"]
    assert again["content"].startswith(("That sounds better", "Good that you write"))
    assert states(database) == ["held", "held", "held", "safe"]
    assert safe["support"]["lines"]


async def test_the_language_of_a_conversation_is_kept(me: Client, begin: Begin) -> None:
    """Short words of another one do not change it."""
    replies = await talk(
        me,
        await begin(),
        "Ich will nicht mehr leben, alles ist so schwer",
        "ja",
        "sagst du das jemandem???",
        "ok i geb den Schlüssel meim Bruada",
    )

    assert [
        reply for reply in replies[:3] if " nicht " not in reply["content"] and "niemand" not in reply["content"]
    ] == []


async def test_support_beside_a_reply_is_in_the_language_of_the_conversation(me: Client, begin: Begin) -> None:
    """Although the person has set none."""
    [reply] = await talk(me, await begin(), "Mein Mann schlägt mich und ich weiß nicht, was ich tun soll")

    assert reply["support"]["grade"] == "danger_from_others"
    assert " du " in reply["support"]["message"].lower()


async def test_a_threat_to_somebody_else_is_not_asked_about_suicide(me: Client, begin: Begin, database: Clone) -> None:
    """It has support of its own, and a yes that follows answers nothing about the person's own death."""
    path = await begin()
    _, threat, later = await talk(
        me, path, "My boss humiliated me", "I want to kill my boss, I have a knife in my bag", "yes"
    )

    assert "suicide" not in f"{threat['support']['message']} {threat['support']['question']}".lower()
    assert later["support"] is None
    assert states(database) == [None, None, None]


async def test_who_has_help_is_not_told_to_call_again(me: Client, begin: Begin, database: Clone) -> None:
    """Whatever they write until they are safe."""
    await talk(
        me, await begin(), "I swallowed 30 paracetamol", "the ambulance is here", "I am scared what my parents will say"
    )

    texts = "SELECT danger ->> 'text' FROM public.conversation_messages WHERE danger IS NOT NULL ORDER BY position"
    assert database.rows(texts) == [("poisoned",), ("held_help",), ("held_help",)]
