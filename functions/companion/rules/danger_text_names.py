"""Chooses the text of a state that fits what the person has just said."""

from collections.abc import Mapping

from functions.companion.rules.danger_phrases import read
from functions.companion.rules.danger_states import (
    ACCEPTED,
    ASKED,
    ASKED_AGAIN,
    ASKS_SAFETY,
    CHECKED,
    HELD_STATES,
    HINT_ASKED,
    POISONED,
    SURE_DANGER,
    TOLD_BACK,
    Heard,
)
from functions.companion.rules.danger_words import (
    asks_for_lines,
    help_comes,
    named_barriers,
    only_denies,
    says_only_yes,
    takes_back,
)

HELPED = frozenset({"held_help", "held_treated"})  # texts for who has help, after which nobody is told to call


def text_name(  # noqa: PLR0913 - what is known of a message and of the talk
    state: str,
    text: str,
    heard: Heard = "unclear",
    shown: Mapping[str, int] | None = None,
    *,
    before: str = "",
    asked: str = "",
    later: bool = False,
) -> str:
    """The text of a state. `shown` is how often each text was, `before` the state before, and `asked` its text.

    `later` if hours have passed since immediate danger, or since a question.
    """
    if state in HELD_STATES:
        return _held_text(state, text, heard, asked, later=later)
    if heard == "lines":
        return "lines"
    if state == "eased":
        return f"eased_{_barrier(text, shown or {})}"
    if state == "means" and read(text).says("guns"):
        return "means_gun"
    return _named(state, is_back=heard == "taken_back" and before in TOLD_BACK, later=later)


def _named(state: str, *, is_back: bool, later: bool) -> str:
    """The text of a state that has several, by what was before. `is_back` if what was told is taken back."""
    if state == ASKED_AGAIN and later:
        return "asked_later"
    if state == ACCEPTED and is_back:
        return "accepted_back"
    return ASKED if state in {CHECKED, HINT_ASKED} else state


def _held_text(state: str, text: str, heard: Heard, asked: str, *, later: bool) -> str:
    """In immediate danger: for those who ask for lines or cannot speak, who have help, or who say yes or no.

    Only a bare yes answers what was asked: "yes, I will" may mean the danger. Who may be safe is asked, and not told
    to call once more.
    """
    if asks_for_lines(text, near=True) or "voice" in read(text).barriers(plainly=True):
        return "held_lines"
    if heard == "treated":
        return "held_treated"
    if help_comes(text):
        return "held_help"
    if state == POISONED and (later or heard in {"safe", "calmer"}):
        return "poisoned_safe"
    return _held_answer(state, text, heard, asked, later=later)


def _held_answer(state: str, text: str, heard: Heard, asked: str, *, later: bool) -> str:
    if says_only_yes(text):
        return "held_yes"
    if only_denies(text) and not takes_back(text):
        return "held_no"
    if later and heard not in SURE_DANGER:
        return "held_later"
    if heard == "unclear" and asked in HELPED:
        return asked
    is_checked = heard in {"calmer", "taken_back"} or (heard == "unclear" and asked in ASKS_SAFETY - {"held_check"})
    return "held_check" if is_checked and state != POISONED else state


def _barrier(text: str, shown: Mapping[str, int]) -> str:
    """What makes calling hard, or `going` for somebody who calls, or `other`. Also who comes, and who has died.

    A sentence that says so goes before a word for it. Of several, the one counts that was spoken of least.
    """
    reading = read(text)
    if reading.says("loss"):
        return "loss"
    if reading.says("elsewhere"):
        return "other"
    comes = help_comes(text) and not reading.says("feared")
    for named in (reading.barriers(plainly=True), [] if comes else named_barriers(text)):
        if named:
            return min(named, key=lambda name: shown.get(f"eased_{name}", 0))
    return "company" if comes else "other"
