"""Where the guide goes: answers, detours and ends."""

import pytest

from functions.companion.guide.book import flow_book
from functions.companion.guide.flows import GuideState
from functions.companion.guide.replies import next_move


def at(flow: str, step: str, **fields: int) -> GuideState:
    return GuideState(version=flow_book().version, flow=flow, step=step, turn=3, **fields)


def after(before: GuideState | None, text: str) -> tuple[str, str, str | None]:
    move = next_move(before, text, "en")
    return move.state.flow, move.state.step, move.remark


@pytest.mark.parametrize(
    ("before", "text", "place"),
    [
        (None, "hello", ("start", "ask", None)),
        (at("start", "ask"), "hm", ("start", "ask", "unclear")),
        (at("start", "ask", asked=3), "hm", ("listen", "begin", None)),
        (None, "the neighbours moved their fence", ("listen", "begin", None)),
        (at("anger", "second"), "he laughed at me in front of all", ("anger", "choose", None)),
        (at("anger", "choose"), "try", ("anger", "practice", None)),
        (at("anger", "choose"), "purple", ("anger", "choose", "unclear")),
        (at("anger", "choose", asked=2), "nothing", ("anger", "close", None)),
        (at("anger", "second"), "nothing", ("anger", "choose", None)),
        (at("anger", "second"), "an exercise", ("anger", "practice", None)),
        (at("anger", "choose"), "should I try other pills", ("anger", "choose", "medicine")),
        (None, "should I take pills to sleep?", ("sleepless", "begin", "medicine")),
        (at("anger", "choose"), "he laughed at me in front of all", ("anger", "third", None)),
        (at("anger", "offer"), "he laughed at me in front of all", ("anger", "offer", None)),
        (at("anger", "offer", asked=2), "he laughed at me in front of all", ("anger", "close", None)),
        (at("anger", "practice"), "he laughed at me in front of all", ("anger", "aside", None)),
        (at("anger", "second", brief=1), "dunno", ("anger", "choose", "few_words")),
        (at("anger", "second"), "you are useless", ("anger", "second", "rude")),
        (at("anger", "second", asked=3), "you are useless", ("anger", "choose", None)),
        (at("anger", "second", asked=2), "are you still there?", ("anger", "second", "presence")),
        (at("anger", "second"), "I snapped at her about the pills", ("anger", "choose", None)),
        (at("anger", "second"), "how does this work", ("app", "begin", None)),
        (at("anger", "second"), "what do you do, do you store what I write?", ("app", "privacy", None)),
        (at("anger", "second"), "Well, thank you for listening anyway. It did me good.", ("start", "farewell", None)),
        (at("listen", "second"), "ok robot. i have my bio exam tmrw", ("exam", "begin", None)),
        (at("listen", "third"), "i have my bio exam tmrw", ("listen", "fourth", None)),
        (at("grief", "offer"), "I would like something to do in the evenings", ("grief", "practice", None)),
        (at("anger", "practice"), "something else please", ("anger", "practice", None)),
        (at("anger", "choose"), "thx", ("anger", "close", None)),
        (None, "hi again", ("start", "ask", None)),
        (None, "hey im back. exam went ok!!", ("good_day", "begin", None)),
        (at("anger", "second"), "let's talk about my exam", ("exam", "begin", "changed")),
        (at("anger", "second"), "I have panic, I can't breathe", ("panic", "begin", None)),
        (at("exam", "second"), "my grandmother died today", ("grief", "begin", None)),
        (at("anger", "close"), "thanks", ("start", "farewell", None)),
        (at("anger", "close"), "I can't sleep", ("sleepless", "begin", None)),
        (at("anger", "second"), "bye", ("start", "farewell", None)),
    ],
)
def test_a_message_leads_to_a_step(before: GuideState | None, text: str, place: tuple[str, str, str | None]) -> None:
    """What a person writes is an answer, a wish, another topic or an end."""
    assert after(before, text) == place


def test_a_talk_ends_after_fourteen_replies() -> None:
    """The guide says that it is a good moment, and names a way on."""
    move = next_move(at("anger", "second").model_copy(update={"turn": 13}), "he never listens to me at all", "en")

    assert (move.state.step, move.remark, move.state.turn) == ("close", "late", 14)


def test_own_words_are_not_said_twice_in_a_row() -> None:
    """A guide that only echoes reads like a machine."""
    first = next_move(None, "I am so angry with my brother", "en")
    second = next_move(first.state, "He took my bike and broke it", "en")

    assert first.words == "you are so angry with your brother"
    assert second.words is None


@pytest.mark.parametrize(
    ("flow", "step", "text", "place"),
    [
        ("anger", "second", "he laughed at me in front of all", ("anger", "choose")),  # the step is still there
        ("anger", "cooling", "he laughed at me in front of all", ("anger", "third")),  # a step that is gone
        ("envy", "begin", "he laughed at me in front of all", ("listen", "second")),  # a flow that is gone
        ("envy", "second", "he laughed at me in front of all", ("listen", "third")),
        ("worried", "gone", "he laughed at me in front of all", ("listen", "begin")),  # with no way on: a new talk
    ],
)
def test_an_upgrade_moves_a_conversation_to_the_nearest_step(
    flow: str, step: str, text: str, place: tuple[str, str]
) -> None:
    """Its state is of an old version of the flows, whose steps may be gone."""
    before = GuideState(version=0, flow=flow, step=step, turn=5)

    move = next_move(before, text, "en")

    assert (move.state.flow, move.state.step) == place
    assert move.state.version == flow_book().version


def test_a_state_of_a_later_release_is_read() -> None:
    """While releases overlap, or after one is taken back."""
    state = GuideState.model_validate({"version": 9, "flow": "anger", "step": "second", "colour": "red"})

    assert next_move(state, "he never listens to me at all", "en").state.flow == "anger"


def test_a_number_chooses_nothing_after_an_upgrade() -> None:
    """The choices may have another order than those that the person read."""
    before = GuideState(version=0, flow="anger", step="choose", turn=5)

    move = next_move(before, "2", "en")

    assert (move.state.step, move.remark) == ("choose", "unclear")
