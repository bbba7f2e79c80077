"""What people want of the guide, and get: an end, quiet, nothing to try, people, and what happens to their words."""

from uuid import UUID

import pytest

from functions.companion.guide.book import FLOW_TEXTS, flow_book
from functions.companion.guide.flows import GuideState
from functions.companion.guide.replies import next_move
from functions.companion.guide.rules.voice import Voice

ANGER = GuideState(version=flow_book().version, flow="anger", step="second", turn=3)
ARTICLE = {"title": "Title", "passage": "Passage.", "address": "https://mend.test"}


def after(state: GuideState, text: str, language: str = "en") -> tuple[GuideState, str]:
    """The state after a message, and the reply."""
    move = next_move(state, text, language)
    return move.state, Voice(FLOW_TEXTS.texts(language), UUID(int=1), move.state).reply(flow_book(), move, ARTICLE)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "can we stop"),
        ("en", "I want to stop here"),
        ("en", "i'd rather stop"),
        ("de", "können wir aufhören"),
        ("de", "Tschüssi"),
    ],
)
def test_who_wants_to_stop_is_let_go(language: str, text: str) -> None:
    """Without another question."""
    state, reply = after(ANGER, text, language)

    assert (state.flow, state.step) == ("start", "farewell")
    assert "?" not in reply


@pytest.mark.parametrize(
    ("language", "text", "then"),
    [
        ("en", "stop asking questions", "she was the one who always called me"),
        ("en", "i dont want tips, i just want someone to listen", "I can't sleep since she left the house"),
        ("de", "hör auf mit den Fragen", "sie hat immer bei mir angerufen"),
        ("de", "keine Ratschläge bitte, hör einfach nur zu", "ich schlafe seit Wochen so schlecht"),
    ],
)
def test_who_wants_no_questions_gets_none(language: str, text: str, then: str) -> None:
    """Not in this reply nor in the next ones, also after the end of that flow, until they name another topic."""
    state, reply = after(ANGER, text, language)
    replies = [reply]
    for _ in range(5):
        state, reply = after(state, then, language)
        replies.append(reply)

    assert [said for said in replies if "?" in said] == []
    assert next_move(state, "can we talk about my exam", "en").state.flow == "exam"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "dont give me breathing exercises"),
        ("en", "no meditation please"),
        ("de", "bloß keine Atemübungen"),
    ],
)
def test_who_wants_nothing_to_try_is_offered_nothing_more(language: str, text: str) -> None:
    """In the rest of the talk, unless they ask for it. After its questions they may go on telling, without any."""
    state, reply = after(ANGER, text, language)
    steps = []
    while state.step != "close":
        state, _ = after(state, "he laughed at me in front of all", "en")
        steps.append(state.step)

    assert "?" not in reply
    assert steps == ["third", "more", "further", "still", "close"]
    assert next_move(state, "give me a breathing exercise", "en").state.no_offers is False


def test_what_others_say_is_no_wish() -> None:
    """They are told of, and not asked for."""
    assert after(ANGER, "she told me to stop asking questions")[0].flow == "anger"


@pytest.mark.parametrize(
    ("language", "text", "step"),
    [
        ("en", "do you tell my mum what i write?", "reads"),
        ("en", "are my messages private?", "reads"),
        ("de", "Kann das meine Mama lesen?", "reads"),
        ("de", "liest hier jemand mit?", "reads"),
        ("en", "how do i delete this chat", "deletion"),
        ("en", "did you save that", "deletion"),
        ("de", "Löschst du was ich schreibe?", "deletion"),
        ("en", "can i talk to a human", "people"),
        ("en", "is there a real person i can talk to", "people"),
        ("de", "kann ich mit jemand Echtem reden", "people"),
    ],
)
def test_who_asks_what_happens_to_their_words_is_told(language: str, text: str, step: str) -> None:
    """And who wants a human is told where there are some. The help is quoted."""
    state, reply = after(ANGER, text, language)

    assert (state.flow, state.step) == ("app", step)
    assert "> Passage." in reply


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "no thats not what i meant"),
        ("en", "you dont get it at all"),
        ("de", "Du verstehst mich überhaupt nicht"),
        ("de", "so hab ich das nicht gemeint"),
    ],
)
def test_who_was_misread_chooses_the_topic_anew(language: str, text: str) -> None:
    """They are asked for nothing but what they meant, and what they say then may be another topic."""
    state, reply = after(ANGER, text, language)

    assert reply in FLOW_TEXTS.texts(language).remarks.misread
    assert next_move(state, "my exam is tomorrow", "en").state.flow == "exam"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "haha you are so dumb"),
        ("en", "useless piece of junk"),
        ("de", "du bist so bescheuert"),
    ],
)
def test_an_insult_is_heard(language: str, text: str) -> None:
    """It is said that it does no harm."""
    assert next_move(ANGER, text, language).remark == "rude"


@pytest.mark.parametrize(
    "text",
    [
        "i got the job, remember?",
        "my boss fired me in front of everyone, can you believe it",
        "he just left, you know what i mean?",
        "why does he always do that, I gave him everything and he left without a word",
    ],
)
def test_a_story_is_no_question(text: str) -> None:
    """However it ends. Short questions that ask the guide are."""
    assert next_move(ANGER, text, "en").remark != "question"
    assert next_move(ANGER, "do you like music", "en").remark == "question"


def test_what_was_asked_of_a_practice_ends_with_its_topic() -> None:
    """Another topic has its own kinds, of any length."""
    asked = next_move(ANGER, "give me a breathing exercise of 3 minutes", "en").state
    state = next_move(asked, "let's talk about my exam", "en").state

    assert (asked.kind, asked.minutes) == ("breathing", 3)
    assert (state.kind, state.minutes) == (None, None)


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("I have a panic attack, I can't breathe", "panic"),
        ("my grandmother died this morning", "grief"),
        ("I want to talk about my exam", "exam"),
    ],
)
def test_after_danger_an_urgent_topic_is_heard(text: str, flow: str) -> None:
    """And so is one that the person asks for."""
    near = GuideState(version=flow_book().version, flow="near", step="begin", turn=2)

    assert next_move(near, text, "en").state.flow == flow


@pytest.mark.parametrize(
    ("language", "text", "remark"),
    [("en", "what do you mean", "explain"), ("de", "was meinst du damit", "explain"), ("en", "im 14", "young")],
)
def test_who_asks_what_is_meant_or_tells_their_age_is_answered(language: str, text: str, remark: str) -> None:
    """The question comes again in other words. An age is heard if nothing else is told."""
    state = GuideState(version=flow_book().version, flow="listen", step="second", turn=3)

    move = next_move(state, text, language)

    assert (move.state.flow, move.state.step, move.remark) == ("listen", "second", remark)
    assert next_move(None, "im 14 and my parents fight", "en").state.flow == "conflict"


@pytest.mark.parametrize(
    ("language", "text", "flow"),
    [
        ("en", "slept ok last night", "good_day"),
        ("de", "hab gut geschlafen", "good_day"),
        ("en", "i havent slept well for weeks", "sleepless"),
        ("de", "hab kaum geschlafen", "sleepless"),
        ("de", "mir gehts gut", "start"),
    ],
)
def test_good_sleep_is_no_sleeplessness(language: str, text: str, flow: str) -> None:
    """What is denied is, and who is well is asked what they would like to talk about."""
    assert next_move(None, text, language).state.flow == flow


@pytest.mark.parametrize(
    "text", ["I don't have anyone.", "She deserves better than me.", "I would never.", "My dog is asleep on my bed."]
)
def test_words_of_no_known_topic_are_not_reflected(text: str) -> None:
    """The guide cannot know whether they would hurt."""
    assert next_move(None, text, "en").words is None


def test_who_fears_for_their_phone_is_answered() -> None:
    """A question is heard also when something is told after it."""
    assert next_move(None, "hi is this private? he goes thru my phone", "en").state.step == "reads"


def test_who_is_tired_of_a_question_is_asked_no_more() -> None:
    """In other words than those of a wish for quiet, too."""
    assert next_move(ANGER, "stop saying what happened", "en").state.flow == "quiet"
