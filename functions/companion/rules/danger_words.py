"""Understands what a person answers when the companion has asked about danger, by `danger_words.yaml`.

What the gate finds comes first. Whatever is not clearly a no is none.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from functions.companion.rules.danger_phrases import FIRST, read
from functions.companion.rules.danger_states import (
    ASKS_SAFETY,
    DOCTOR_ASKED,
    POISONED,
    SURE_DANGER,
    Heard,
    Nearness,
)
from functions.companion.rules.safe_words import says_safe
from shared.safety import Grade

FEW_WORDS = 4  # of a message in which a word for a barrier is enough
SHORTEST_TOPIC = 5  # words of an answer that plainly tells of something else

Answer: TypeAlias = Literal["yes", "no", "unclear"]
Context: TypeAlias = Literal[
    "means_near", "at_place", "near_place", "means", "unsafe", "explicit", "admitted", "indirect"
]

OUTWEIGHING = frozenset({"means", "means_near", "at_place", "near_place", "unsafe"})  # what the gate is sure of


def hear(  # noqa: PLR0913 - what is known of a message
    text: str,
    grade: Grade | None,
    *,
    said: bool = False,
    scored: bool = False,
    asked: bool = True,
    in_danger: bool = False,
    talked: Nearness | None = None,
    worried: bool = False,
) -> Heard:
    """What a message says to the state machine, with the grade that the gate gave it.

    `said` if suicide was named: nobody is asked what they have just said. `scored` if the gate found it by the score
    alone, which was made for notes and knows no questions: then a message that says nothing but no is a no, and a hint
    is none. Without `asked`, a yes or a no answers nothing. With `in_danger`, danger was spoken of before: then words
    count that are harmless elsewhere ("they are on the table"). With `talked`, the machine has spoken of it with the
    person: what makes calling hard, what to do now, or thanks are about that. `worried` if the gate has found worry
    about somebody else.
    """
    if grade in {"immediate", "danger_from_others"}:
        return grade
    is_asked = asked or talked in {"open", "barriers"}
    if in_danger and is_asked and read(text).says("took"):
        return "took"
    in_context = _heard_in_context(text, asked=asked, talked=talked) if in_danger else None
    counts = grade in {"explicit", "indirect"} and not (scored and only_denies(text))
    if in_context in OUTWEIGHING:
        return in_context
    if counts and (said or grade == "explicit"):
        answered = _plain_answer(text, is_asked=is_asked, asked=asked) if scored else None
        return "said" if said else answered or ("suspected" if scored else "explicit")
    turned = _turned(text, is_asked=is_asked, may_be_another=asked and (scored or not counts), worried=worried)
    if turned_or_told := turned or in_context:
        return turned_or_told
    answer = _answer(text) if asked else None
    near = in_danger and is_asked
    # A yes or a no counts more than what is asked for beside it: "no, what should I do now?"
    may_wish = answer in {None, "unclear"} and (scored or not counts)
    wish = _wish(text, near=near, talked=talked) if may_wish else None
    return wish or _hear_answer(text, answer, counts=counts, scored=scored, talked=talked)


def _plain_answer(text: str, *, is_asked: bool, asked: bool) -> Literal["yes_now", "yes"] | None:
    """A yes that the score takes for danger is a yes all the same, also one that says when."""
    if is_asked and _says_it_is_near(text):
        return "yes_now"
    return "yes" if asked and _answer(text) == "yes" else None


def _turned(
    text: str, *, is_asked: bool, may_be_another: bool, worried: bool
) -> Literal["yes_now", "other_person"] | None:
    """Whether an answer turns the talk: the danger is near, or all of it is about another person."""
    if is_asked and _says_it_is_near(text):
        return "yes_now"
    return "other_person" if may_be_another and is_about_another(text, worried=worried) else None


def _wish(text: str, *, near: bool, talked: Nearness | None) -> Literal["safe", "lines", "hours"] | None:
    """What a person says or asks for beside an answer."""
    if says_safe(text):
        return "safe"
    if asks_for_lines(text, near=near):
        return "lines"
    reading = read(text)
    if talked and reading.says("hours"):
        return "hours"
    return "hours" if talked in {"open", "barriers"} and reading.any_clause("hours_now") else None


def asks_for_lines(text: str, *, near: bool) -> bool:
    """Whether somebody asks for help lines. With `near`, danger was just spoken of: "the number again" is enough."""
    reading = read(text)
    return reading.says("lines") or (near and reading.any_clause("lines_again"))


def _hear_answer(text: str, answer: Answer | None, *, counts: bool, scored: bool, talked: Nearness | None) -> Heard:
    if says_safe(text):
        return "safe"
    if answer == "yes":
        return "yes"
    uncounted = scored or not counts
    denied = _denied_afterwards(text, answer) if uncounted and talked in {"open", "barriers"} else None
    followed = _afterwards(text, talked, answer) if uncounted and talked else None
    if after := denied or followed:
        return after
    if counts:
        return "hinted" if scored else "indirect"
    return "taken_back" if answer == "no" and takes_back(text) else answer or "unclear"


def _denied_afterwards(text: str, answer: Answer | None) -> Literal["taken_back", "half_no", "yes"] | None:
    """What denies what was said before, where no question waits for a no: it was not meant, or not quite.

    A bare yes there may take back a no.
    """
    reading = read(text)
    if takes_back(text) and not reading.says("open"):
        return "taken_back"
    if reading.begins("half_no") and reading.is_made_of("half_no", "only_no"):
        return "half_no"
    return "yes" if answer is None and says_only_yes(text) else None


def _afterwards(text: str, talked: Nearness, answer: Answer | None) -> Literal["indirect", "barrier", "thanks"] | None:
    """What follows on the talk about danger. While a question of it waits for a yes or a no, only a goodbye does.

    Right after it was asked what makes calling hard, one word is enough, unless somebody is there or coming.
    """
    reading = read(text)
    is_parting = reading.is_made_of("thanks", "goodbye")
    if is_parting and reading.begins("goodbye") and answer in {None, "unclear"}:
        return "thanks"
    if answer is not None:
        return None
    if reading.says("does_it"):
        return "indirect"
    if _names_barrier(text, talked):
        return "barrier"
    return "thanks" if is_parting and talked != "lately" else None


def _names_barrier(text: str, talked: Nearness) -> bool:
    """Whether it is said plainly what makes calling hard, or after the question for it by a word."""
    reading = read(text)
    if reading.says("elsewhere"):
        return False
    by_word = talked == "barriers" and bool(named_barriers(text)) and not help_comes(text)
    return by_word or bool(reading.barriers(plainly=True))


def named_barriers(text: str) -> list[str]:
    """What makes calling hard, by a word for it. In more than a few words, it must be told as a hurdle."""
    reading = read(text)
    is_meant = len(reading.plain.split()) <= FEW_WORDS or reading.says("hurdle")
    return reading.barriers(plainly=False) if is_meant else []


def _heard_in_context(text: str, *, asked: bool, talked: Nearness | None) -> Context | None:
    """What a message says where danger was spoken of before. A yes to a question is no admission.

    To go there is an answer to the question for suicide alone: later, it may be where people are.
    """
    reading = read(text)
    in_order: Mapping[str, Context] = {
        "means_near": "means_near",
        "at_place": "at_place",
        **({"going_there": "at_place"} if asked and talked is None else {}),
        **({"will_do": "near_place"} if asked and talked is None else {}),
        **({"near_place": "near_place"} if asked or talked in {"open", "barriers"} else {}),
        "means": "means",
        "unsafe": "unsafe",
        "attempt": "explicit",
        **({} if asked else {"admitted": "admitted"}),
        "hint": "indirect",
    }
    return next((heard for group, heard in in_order.items() if reading.says(group)), None)


def _says_it_is_near(text: str) -> bool:
    """Whether a message says when: nothing but a time that is near, or a yes with one beside it."""
    reading = read(text)
    with_yes = reading.begins("yes", FIRST) and not reading.begins("no", FIRST)
    return reading.is_only("near") or (with_yes and reading.begins("near_yes"))


def is_about_another(text: str, *, worried: bool) -> bool:
    """Whether somebody says that all of it is about another person, or tells of their worry when they were asked."""
    return worried or read(text).says("other_person")


def heard_when_held(text: str, heard: Heard, asked: str, state: str, times: int = 1) -> Heard:
    """What is heard in immediate danger, where no model replies.

    `asked` is the text that was last shown, and `times` how often it was up to now.
    When it was asked whether the person is safe, a bare yes is enough, and so is what is nearly one if it was asked
    back before. Who has taken something may feel well: then only what a doctor has said is an answer.
    """
    if heard in SURE_DANGER:
        return heard
    is_answer = asked in ASKS_SAFETY
    if is_answer and says_only_yes(text):
        return "assured"
    if read(text).any_clause("treated", unless="denied"):
        return "assured" if is_answer else "treated"
    if heard == "safe":
        return "assured" if state != POISONED or asked in ASKS_SAFETY - DOCTOR_ASKED else "safe"
    return _heard_nearly_safe(text, heard, asked, state, times)


def _heard_nearly_safe(text: str, heard: Heard, asked: str, state: str, times: int) -> Heard:
    """What is heard of somebody who says that it is better, or over, without saying that they are safe."""
    reading = read(text)
    is_better = reading.any_clause("calmer", unless="denied")
    is_half = reading.any_clause("half_yes", unless="denied")
    if asked == "held_check" and state != POISONED and (is_better or (is_half and times > 1)):
        return "assured"
    is_yes = heard in {"yes", "taken_back"} or reading.begins("yes", FIRST)
    may_be = is_better or is_half or (asked in ASKS_SAFETY and is_yes)
    return "calmer" if may_be else heard


def tells_of_another_topic(text: str) -> bool:
    """Whether an answer plainly tells of something of everyday life, and of nothing that could be meant as an answer.

    What is evasive, doubtful, or about how others would get along, tells of nothing else.
    """
    reading = read(text)
    is_long = len(reading.plain.split()) >= SHORTEST_TOPIC
    return is_long and reading.says("everyday") and not (reading.says("open") or reading.says("not_everyday"))


def tells_of_commands(text: str) -> bool:
    """Whether voices tell somebody to harm themselves."""
    return read(text).says("commanded")


def tells_of_wound(text: str) -> bool:
    return read(text).any_clause("wound", unless="denied")


def says_only_yes(text: str) -> bool:
    """Whether a message says yes and nothing else."""
    return read(text).is_whole("only_yes")


def says_yes(text: str) -> bool:
    """Whether a message says yes, or that the person thinks of dying, and nothing else."""
    return says_only_yes(text) or read(text).is_whole("plain_yes")


def takes_back(text: str) -> bool:
    return read(text).begins("taken_back")


def only_denies(text: str) -> bool:
    return read(text).is_only("only_no")


def names_suicide(text: str, *, scored: bool = False) -> bool:
    """Whether somebody says that they think of suicide, in any language of the words.

    `scored` if the gate found nothing but a score: it does not look for denials, so they are looked for here.
    """
    reading = read(text)
    return reading.any_clause("suicide", unless="denied") if scored else reading.says("suicide")


def help_comes(text: str) -> bool:
    """Whether somebody is there or on the way. Any denial in the message makes it uncertain."""
    reading = read(text)
    return reading.says("help") and not reading.says("denied")


def _answer(text: str) -> Answer:
    """A yes or a no at the beginning of the message. One with a doubt, or both at once, is unclear."""
    reading = read(text)
    yes, no = reading.begins("yes", FIRST), reading.begins("no", FIRST)
    if yes and not no:
        return "yes"
    return "no" if no and not yes and not reading.says("open") else "unclear"
