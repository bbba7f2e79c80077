"""Random walks through the guide: it never gets lost, never ends in a dead end and never repeats itself."""

from functools import cache
from random import Random
from typing import NamedTuple
from uuid import UUID

import pytest

from functions.companion.guide.book import FLOW_TEXTS, FLOW_WORDS, flow_book
from functions.companion.guide.flows import FlowStep, GuideState, Heard, Move
from functions.companion.guide.rules.message import heard_in
from functions.companion.guide.rules.reflection import reflection
from functions.companion.guide.rules.steps import AFTERWARDS, LAST_TURN, advance, may_reflect
from functions.companion.guide.rules.talk import CLOSING
from functions.companion.guide.rules.voice import Voice

STEPS = 50_000  # in each language
CONVERSATION = 200  # messages
PRACTICE = {"title": "A {walk}", "body": "Go {out}.", "minutes": "5"}
ARTICLE = {"title": "An {article}", "passage": "A {passage}.", "address": "https://mend.test/help/{name}"}
ANYTHING = 0.2
SIGN = 0.1
DANGER = 0.02  # of replies follow on a talk about danger
SENTENCE = "It was by the door, late in the afternoon"
CHOICES = ("yes", "ja", "try", "probieren", "no", "nein")
ORDINARY = (
    "Hi", "ok", "no", "yes", "1", "2", "3", "my sister", "Nothing really.", "I don't know", "I miss my dog", "later",
    "Ich vermisse meinen Hund", "weiß nicht", "I am so tired because my boss never listens to me", "nein", "ja", "bye",
    "Ich bin müde, weil mein Kind nachts wach ist.", "tschüss", "thanks", "danke", "I am safe", "something else",
    "Ich bin in Sicherheit", "how do I delete my account?", "Wie lösche ich mein Konto?",
    "give me a breathing exercise", "Hast du eine kurze Übung für mich?", "I have to sleep now", "gute Nacht",
)  # fmt: skip
HOSTILE = (
    "", " ", "?", "{words}", "%s {0} {title}", "\x00", "\ud83d", "\U0001f600" * 50, "a " * 600, "ich " * 300,
    "I " * 300, "You are useless", "Du bist nutzlos", "<script>alert(1)</script>", "'; DROP TABLE x; --",
    "\u202eolleh", "Are you human?", "I'm I'm I'm me me my", "und und und ich und ich", "Should I take pills?",
    "no yes no yes", "!" * 900, "\u0130" * 40,
)  # fmt: skip


class Turn(NamedTuple):
    move: Move
    text: str


@cache
def messages(language: str) -> tuple[tuple[str, ...], ...]:
    """Choices, ordinary and hostile ones, and all the words that the guide knows."""
    words = FLOW_WORDS.texts(language).search
    parts = (words.topics, words.choices, words.wishes)
    known = [said(phrase) for part in parts for phrases in part.values() for phrase in phrases]
    signs = [text + end for name in words.signs for text in signed(name, language) for end in ("", "?")]
    return CHOICES, ORDINARY, HOSTILE, tuple(known), tuple(signs)


def signed(name: str, language: str) -> list[str]:
    """A message for each line of a sign."""
    words = FLOW_WORDS.texts(language).search
    return [" ".join(said(words.groups[group][0]) for group in line) for line in words.signs[name]]


def said(phrase: str) -> str:
    """A phrase of the vocabulary, in its first alternative."""
    words = (word.partition("|")[0].replace("_", " ") for word in phrase.strip("^$*").split())
    return " ".join(word for word in words if word != "..")


def next_message(rng: Random, state: GuideState | None, language: str) -> str:
    """Mostly what fits: a word for a topic, for a choice, a sign or a sentence. Otherwise anything."""
    words = FLOW_WORDS.texts(language).search
    steps = flow_book().steps(state.flow) if state else {}
    step = steps[state.step] if state else FlowStep()
    if rng.random() < ANYTHING:
        return rng.choice(rng.choice(messages(language)))
    signs = [of.sign for of in steps.values() if of.sign]
    if signs and rng.random() < SIGN:
        return rng.choice(signed(rng.choice(signs), language))
    if step.choices:
        return said(rng.choice(words.choices[rng.choice([*step.choices])]))
    if step.targets and state and state.flow != "start":
        return SENTENCE
    return said(rng.choice(words.topics[rng.choice([*words.topics])]))


@cache
def heard(text: str, language: str) -> tuple[Heard, str | None]:
    words = FLOW_WORDS.texts(language).search
    return heard_in(text, words), reflection(text, language, words.turning)


def turn(  # noqa: PLR0913, PLR0917 - a message, and where it comes
    before: GuideState | None, text: str, language: str, person: UUID, number: int, danger: str | None
) -> Turn:
    book = flow_book()
    message, words = heard(text, language)
    move = advance(book, before, message, danger)
    if may_reflect(book, before, move):
        move = move.with_words(words)
    if move.step(book).practice:
        move = move.with_practice("")
    shown = ARTICLE if move.step(book).article else PRACTICE if number % 3 else None
    voice = Voice(FLOW_TEXTS.texts(language), person, move.state)
    text = voice.reply(book, move, shown)
    return Turn(move._replace(state=move.state.model_copy(update={"said": voice.said_so_far})), text)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_walk_is_never_lost(language: str) -> None:
    """A talk ends within 14 replies, whatever the person writes, and no reply is the same as the one before it."""
    rng, book = Random(f"walk {language}"), flow_book()  # noqa: S311 - a walk that can be repeated
    state, last, visited, lengths = None, "", set(), set()
    for number in range(STEPS):
        if number % CONVERSATION == 0:
            state, last, person = None, "", UUID(int=rng.getrandbits(128))
        danger = rng.choice(sorted(AFTERWARDS)) if rng.random() < DANGER else None
        message = next_message(rng, state, language)
        move, text = turn(state, message, language, person, number % CONVERSATION + 1, danger)

        assert text.strip()
        assert text != last
        assert move.state.turn <= LAST_TURN
        state, last = move.state, text
        visited.add((state.flow, state.step))
        if not move.step(book).targets:
            lengths.add(state.turn)

    assert visited == {(flow, step) for flow in book.flows for step in book.steps(flow)}
    assert max(lengths) == LAST_TURN


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_step_lets_a_person_go(language: str) -> None:
    """From wherever they are, they can end, go on, change the topic, and be safe."""
    book, ways = flow_book(), set()
    goodbye, change, safe = {
        "en": ("bye", "can we talk about something else", "I am safe"),
        "de": ("tschüss", "können wir über etwas anderes reden", "Ich bin in Sicherheit"),
    }[language]
    for flow in {*book.flows} - CLOSING | {"near"}:
        for step in book.steps(flow):
            state = GuideState(version=book.version, flow=flow, step=step, turn=3)
            after = [advance(book, state, heard(text, language)[0]).state for text in (goodbye, change, safe)]
            ways.add(tuple((place.flow, place.step) for place in after))

    assert ways <= {
        (("start", "farewell"), ("start", "ask"), ("safe", "begin")),
        (("near", "close"), ("start", "ask"), ("safe", "begin")),
        (("start", "farewell"), ("listen", "begin"), ("safe", "begin")),
    }


@pytest.mark.parametrize(("language", "goodbye"), [("en", "gotta go"), ("de", "muss los")])
def test_after_danger_nobody_goes_without_being_told_of_help(language: str, goodbye: str) -> None:
    """From every step of the flows for that time, the end names the help lines and the emergency number."""
    book, texts = flow_book(), FLOW_TEXTS.texts(language)
    message = heard(goodbye, language)[0]
    for flow in CLOSING:
        for step in set(book.steps(flow)) - {"close"}:
            move = advance(book, GuideState(version=book.version, flow=flow, step=step, turn=3), message)
            assert (move.state.flow, move.state.step) == (flow, "close")
        assert all("help line" in text or "Hilfetelefon" in text for text in texts.step(flow, "close"))
    assert advance(book, None, message, "eased").state.step == "close"


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_step_keeps_no_wording_to_itself(language: str) -> None:
    """Over some conversations, each wording of a step is said."""
    texts, book = FLOW_TEXTS.texts(language), flow_book()
    move = Move(GuideState(version=1, flow="anger", step="begin"))

    said = {Voice(texts, UUID(int=number), move.state).reply(book, move) for number in range(50)}

    assert said == set(texts.flows["anger"]["begin"])


@pytest.mark.parametrize("language", ["en", "de"])
def test_who_was_not_understood_is_asked_for_nothing_else(language: str) -> None:
    """The question that went wrong is not put once more."""
    texts, book = FLOW_TEXTS.texts(language), flow_book()
    move = Move(GuideState(version=1, flow="anger", step="second"), "misread")

    assert Voice(texts, UUID(int=1), move.state).reply(book, move) in texts.remarks.misread
