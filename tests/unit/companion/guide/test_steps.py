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
        (at("anger", "second"), "what do you do, do you store what I write?", ("app", "deletion", None)),
        (at("anger", "second"), "Well, thank you for listening anyway. It did me good.", ("start", "farewell", None)),
        (at("listen", "second"), "ok robot. i have my bio exam tmrw", ("exam", "begin", None)),
        (at("listen", "fourth"), "i have my bio exam tmrw", ("exam", "begin", None)),
        (at("listen", "fifth"), "i have my bio exam tmrw", ("listen", "sixth", None)),
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
        (at("anger", "second"), "that's enough for today", ("start", "farewell", None)),
        (None, "can you give me a breathing exercise?", ("listen", "practice", None)),
        (None, "I am so angry, give me an exercise", ("anger", "practice", None)),
        (None, "I panic, I can't breathe, give me an exercise", ("panic", "begin", None)),
        (at("panic", "look"), "can you give me a breathing exercise?", ("panic", "practice", None)),
        (at("anger", "second"), "is there anything short, like 5 min?", ("anger", "practice", None)),
        (at("worried", "noticed"), "do you have something short for me", ("listen", "practice", None)),
        (at("anger", "practice"), "ok, I will try that short exercise", ("anger", "after", None)),
        (at("anger", "practice"), "is there another exercise?", ("anger", "practice", None)),
        (at("near", "begin"), "thank you", ("near", "close", None)),
        (at("near", "begin"), "ok", ("near", "second", None)),
        (at("safe", "begin"), "that's enough for today", ("safe", "close", None)),
        (at("anger", "second"), "how do I export my data?", ("app", "article", None)),
        (at("app", "article"), "how do I delete my account?", ("app", "article", None)),
        (at("app", "article"), "thanks", ("app", "close", None)),
        (at("app", "article"), "you are useless", ("app", "close", "rude")),
        (at("app", "article"), "I am so angry with my brother", ("anger", "begin", None)),
        (at("app", "article"), "the neighbours moved their fence", ("listen", "begin", None)),
    ],
)
def test_a_message_leads_to_a_step(before: GuideState | None, text: str, place: tuple[str, str, str | None]) -> None:
    """What a person writes is an answer, a wish, another topic or an end."""
    assert after(before, text) == place


@pytest.mark.parametrize("danger", ["safe", "eased", "hours"])
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("my sister", ("near", "begin")),
        ("I don't know", ("near", "begin")),
        ("yes", ("near", "begin")),
        ("it is all so heavy", ("near", "begin")),
        ("good night", ("near", "close")),
        ("can you give me a breathing exercise?", ("listen", "practice")),
        ("let's talk about my exam", ("exam", "begin")),
        ("I have panic, I can't breathe", ("panic", "begin")),
        ("I am safe", ("safe", "begin")),
        ("how do I delete my account?", ("app", "article")),
    ],
)
def test_after_danger_the_guide_stays_with_the_next_hours(danger: str, text: str, place: tuple[str, str]) -> None:
    """Unless the person wants something else. What was spoken of before the danger does not go on."""
    move = next_move(at("anger", "second"), text, "en", danger)

    assert (move.state.flow, move.state.step, move.state.turn) == (*place, 1)


def test_once_danger_was_closed_another_talk_begins() -> None:
    """And where the reply before is not about danger, the talk goes on."""
    assert next_move(at("anger", "second"), "I can't sleep", "en", "parted").state.flow == "sleepless"
    assert next_move(at("near", "begin"), "I could go to my sister", "en").state.step == "second"


def test_three_practices_are_enough_for_a_talk() -> None:
    """A fourth one is no answer any more."""
    before = at("anger", "second").model_copy(update={"practices": ("a", "b", "c")})

    assert next_move(before, "do you have another exercise?", "en").state.step == "close"


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
