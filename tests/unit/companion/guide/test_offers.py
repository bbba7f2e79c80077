"""How people ask for something to try, what they say after it, and how they go on without it."""

import pytest

from functions.companion.guide.book import flow_book
from functions.companion.guide.flows import GuideState
from functions.companion.guide.replies import next_move


def at(flow: str, step: str) -> GuideState:
    return GuideState(version=flow_book().version, flow=flow, step=step, turn=5, practices=("",))


def after(state: GuideState, text: str, language: str) -> tuple[str, str]:
    move = next_move(state, text, language)
    return move.state.flow, move.state.step


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "ok show me something"),
        ("en", "have you got anything for me"),
        ("en", "show me what you have"),
        ("en", "got any ideas?"),
        ("de", "zeig mir was"),
        ("de", "hast du was für mich"),
        ("de", "was hast du denn für mich"),
        ("de", "na dann zeig mal"),
    ],
)
@pytest.mark.parametrize("flow", ["anger", "listen"])
def test_who_wants_to_see_something_is_shown_something(flow: str, language: str, text: str) -> None:
    """At any question, in the words that people have for it."""
    assert after(at(flow, "second"), text, language) == (flow, "practice")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "didn't help"),
        ("en", "no, didn't help"),
        ("en", "made no difference"),
        ("en", "I tried it and nothing changed"),
        ("de", "hat nicht geholfen"),
        ("de", "nein, hat nicht geholfen"),
        ("de", "hat nix gebracht"),
        ("de", "hilft nicht"),
    ],
)
@pytest.mark.parametrize("step", ["practice", "aside", "after"])
def test_what_did_not_help_is_told_from_a_no(step: str, language: str, text: str) -> None:
    """Another is offered then."""
    assert after(at("anger", step), text, language) == ("anger", "unhelped")


@pytest.mark.parametrize(("number", "step"), [("1", "after"), ("2", "practice"), ("3", "close"), ("4", "aside")])
def test_only_what_is_named_has_a_number(number: str, step: str) -> None:
    """That a person has tried it is a choice that no question names."""
    assert after(at("anger", "practice"), number, "en") == ("anger", step)


@pytest.mark.parametrize(("language", "text"), [("en", "tell more"), ("de", "mehr erzählen")])
def test_who_is_offered_something_may_rather_tell_more(language: str, text: str) -> None:
    """Without further questions, which are over."""
    assert after(at("conflict", "offer"), text, language) == ("quiet", "more")


def test_a_topic_is_also_heard_where_a_choice_is_asked_for() -> None:
    """Where the guide only listens, any topic is better."""
    assert after(at("listen", "choose"), "tired", "en") == ("burnout", "begin")


@pytest.mark.parametrize(
    ("language", "text"), [("en", "wow thanks, so helpful"), ("en", "thanks for nothing"), ("de", "danke für nichts")]
)
def test_thanks_that_mean_the_contrary_are_no_goodbye(language: str, text: str) -> None:
    """The talk goes on."""
    move = next_move(at("anger", "second"), text, language)

    assert (move.state.step, move.remark) == ("second", "rude")


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "my partner is so nice and that makes it worse"), ("de", "Er ist so lieb und das macht es nur schlimmer")],
)
def test_what_makes_a_story_worse_is_no_exercise(language: str, text: str) -> None:
    """Who tells so still wants to be asked."""
    assert not next_move(at("listen", "second"), text, language).state.no_offers
