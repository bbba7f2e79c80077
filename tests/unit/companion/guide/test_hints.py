"""What a message says beside a topic, and how the guide takes it up where it only listens."""

from uuid import UUID

import pytest

from functions.companion.guide.book import FLOW_TEXTS, FLOW_WORDS, flow_book
from functions.companion.guide.flows import GuideState, Move
from functions.companion.guide.replies import next_move
from functions.companion.guide.rules.message import heard_in
from functions.companion.guide.rules.voice import Voice

LISTENING = GuideState(version=flow_book().version, flow="listen", step="second", turn=3)


def hints(text: str, language: str = "en") -> tuple[str, ...]:
    return heard_in(text, FLOW_WORDS.texts(language).search).hints


def said(move: Move, language: str = "en") -> str:
    return Voice(FLOW_TEXTS.texts(language), UUID(int=1), move.state).reply(flow_book(), move)


def talk(language: str, *texts: str) -> list[tuple[Move, str]]:
    state, turns = None, []
    for text in texts:
        move = next_move(state, text, language)
        voice = Voice(FLOW_TEXTS.texts(language), UUID(int=1), move.state)
        turns.append((move, voice.reply(flow_book(), move)))
        state = move.state.model_copy(update={"said": voice.said_so_far})
    return turns


@pytest.mark.parametrize(
    ("language", "text", "hint"),
    [
        ("en", "I think I'm bi and I haven't told anybody", "coming_out"),
        ("en", "Third IVF didn't work", "childless"),
        ("en", "the boys in my class call me pig", "bullied"),
        ("en", "I don't believe in God any more", "faith"),
        ("en", "my cat is sick and the vet has no idea", "pet"),
        ("en", "I don't know whether to take the job in Berlin", "decision"),
        ("en", "my phone fell in the toilet", "broken"),
        ("en", "I retired in June", "retired"),
        ("en", "nights again this week", "night_work"),
        ("en", "I'm so jealuos of her", "jealous"),
        ("en", "my boss moved my project", "person"),
        ("en", "meetings", "work"),
        ("de", "ich glaub ich bin bi", "coming_out"),
        ("de", "die jungs in meiner klasse nennen mich schwein", "bullied"),
        ("de", "Ich weiß nicht, ob ich den Job in Berlin annehmen soll", "decision"),
        ("de", "Mein Handy ist ins Klo gefallen", "broken"),
        ("de", "hab nachtschicht diese woche", "night_work"),
        ("de", "Ich bin so neidisch auf sie", "jealous"),
        ("de", "mein opa war auch tischler", "person"),
    ],
)
def test_a_message_says_more_than_its_topic(language: str, text: str, hint: str) -> None:
    """Feelings, people, times, decisions and matters for which there is no flow."""
    assert hints(text, language)[:1] == (hint,)


@pytest.mark.parametrize(
    ("language", "text", "hint"),
    [
        ("en", "I'm not jealous", "jealous"),
        ("en", "my dad's gonna be so disappointed", "disappointed"),
        ("en", "two weeks in portugal with my best friend", "person"),
        ("en", "I don't know whether I should go on", "decision"),
        ("en", "I don't know whether to end it", "decision"),
        ("en", "my boyfriend forces me to", "person"),
        ("de", "ich bin nicht neidisch", "jealous"),
        ("de", "mein freund schlägt mich", "person"),
        ("de", "mein vater wird so enttäuscht sein", "disappointed"),
        ("de", "Zwei Wochen Portugal mit meiner besten Freundin", "person"),
        ("de", "weiß nicht ob ich weiterleben soll", "decision"),
    ],
)
def test_what_is_denied_grave_felt_by_others_or_named_in_passing_is_no_hint(
    language: str, text: str, hint: str
) -> None:
    """A wrong guess is worse than an open question."""
    assert hint not in hints(text, language)


def test_the_guide_asks_about_what_was_told() -> None:
    """Not twice the same, and with an open question when it has no further one."""
    turns = talk("en", "my laptop broke yesterday", "all my photos", "it was a present, years ago", "a shop in town")

    asked = [reply for _, reply in turns]
    about = FLOW_TEXTS.texts("en").hints["broken"].questions
    assert [sum(reply.count(question) for reply in asked) for question in about] == [1, 1, 1]
    assert asked[3].endswith(tuple(FLOW_TEXTS.texts("en").flows["listen"]["fourth"]))


def test_a_question_names_who_was_spoken_of() -> None:
    """Also when the person was named some messages ago."""
    turns = talk("de", "Meine Tante hat noch den alten Schlüssel", "den vom Gartenhaus")

    assert [move.state.person for move, _ in turns] == ["aunt", "aunt"]
    assert all("deine Tante" in reply for _, reply in turns)


def test_a_person_counts_only_where_nothing_else_does() -> None:
    """Who is named beside something is not what it is about."""
    move = next_move(LISTENING, "my wife says I should sell the car, it broke again", "en")

    assert move.state.hints[0] == "broken"
    assert move.hint == "broken"


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "I moved to Leeds in May", "you moved to Leeds in May"),
        ("en", "My laptop broke yesterday", "your laptop broke yesterday"),
        ("en", "I think I am bi", None),
        ("en", "I pray every day", None),
        ("de", "Ich bin nach Leipzig gezogen", "du bist nach Leipzig gezogen"),
        ("de", "Ich bin bisexuell und allein damit", None),
    ],
)
def test_only_what_is_light_is_said_back(language: str, text: str, words: str | None) -> None:
    """Elsewhere the guide cannot know whether the words would hurt."""
    move = next_move(LISTENING, text, language)

    assert move.words == words
    assert move.state.reflected == (words is not None)


def test_nothing_is_said_back_twice_in_a_row() -> None:
    """An echo is no listener."""
    reflected = LISTENING.model_copy(update={"reflected": True})

    assert next_move(reflected, "My laptop broke yesterday", "en").words is None


def test_in_a_topic_a_new_feeling_is_heard_and_its_questions_stay() -> None:
    """The questions of the topic go on."""
    exam = GuideState(version=flow_book().version, flow="exam", step="begin", turn=2)
    move = next_move(exam, "I am so disappointed by it", "en")

    texts = FLOW_TEXTS.texts("en")
    assert said(move).startswith(tuple(texts.hints["disappointed"].heard))
    assert said(move).endswith(tuple(texts.step("exam", "second")))


@pytest.mark.parametrize("flow", ["violence", "panic", "grief", "app"])
def test_danger_a_loss_and_the_app_leave_no_room_for_hints(flow: str) -> None:
    """Whatever else the message says."""
    state = GuideState(version=flow_book().version, flow=flow, step="begin", turn=2)

    move = next_move(state, "I am so jealous and my laptop broke", "en")

    assert (move.hint, move.state.hints) == (None, ())


def test_hints_that_have_no_texts_are_passed_over() -> None:
    """A stored state may name a hint or a person of another release."""
    state = LISTENING.model_copy(update={"hints": ("gone", "person"), "person": "gone"})

    reply = said(next_move(state, "that was it", "en"))

    assert reply.endswith(tuple(FLOW_TEXTS.texts("en").flows["listen"]["third"]))


@pytest.mark.parametrize(
    ("text", "flow"),
    [("mein handy ist kaputt, alle fotos vom urlaub weg", "listen"), ("ich bin total kaputt", "burnout")],
)
def test_what_is_broken_is_not_worn_out(text: str, flow: str) -> None:
    """German has one word for both: a thing that is named tells which is meant."""
    assert next_move(None, text, "de").state.flow == flow
