"""Understands what a person answers when the companion has asked about danger, by `danger_words.yaml`.

What the gate finds comes first. Whatever is not clearly a no is none.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from functions.companion.rules.danger_states import ASKED, CHECKED, HELD_STATES, POISONED, Heard, Nearness
from functions.companion.rules.safe_words import says_safe
from shared.safety import Grade

READ = 2_000  # characters: an answer is short
END_OF_CLAUSE = re.compile(r"[.,;:!?\n\u2013\u2014()]+|\s-+\s|\b(?:but|aber|cause|because|weil)\b")


FIRST = 2  # clauses in which an answer stands; what comes later tells something else

Answer: TypeAlias = Literal["yes", "no", "unclear"]
Context: TypeAlias = Literal["means_near", "means", "unsafe", "explicit", "admitted", "indirect"]


class Phrases(NamedTuple):
    """What is looked for, in all languages together."""

    yes: re.Pattern[str]
    no: re.Pattern[str]
    only_yes: re.Pattern[str]  # nothing but that
    plain_yes: re.Pattern[str]
    only_no: re.Pattern[str]
    taken_back: re.Pattern[str]
    open: re.Pattern[str]
    near: re.Pattern[str]
    suicide: re.Pattern[str]
    means_near: re.Pattern[str]
    means: re.Pattern[str]
    unsafe: re.Pattern[str]
    admitted: re.Pattern[str]
    attempt: re.Pattern[str]
    hint: re.Pattern[str]
    does_it: re.Pattern[str]
    lines: re.Pattern[str]
    lines_again: re.Pattern[str]
    elsewhere: re.Pattern[str]
    hours: re.Pattern[str]
    hours_now: re.Pattern[str]
    thanks: re.Pattern[str]
    help: re.Pattern[str]
    denied: re.Pattern[str]
    barriers: Mapping[str, re.Pattern[str]]
    plain_barriers: Mapping[str, re.Pattern[str]]


@cache
def phrases() -> Phrases:
    import yaml

    languages = list(yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")).values())
    barriers = [language["barriers"] for language in languages]
    plain_barriers = [language["plain_barriers"] for language in languages]
    lead = f"^(?:(?:{_any(languages, 'lead')}) )*"
    taken_back = _any(languages, "taken_back")
    no = f"{_any(languages, 'no')}|{taken_back}"
    return Phrases(
        yes=re.compile(f"{lead}(?:{_any(languages, 'yes')})(?!\\w)"),
        no=re.compile(f"{lead}(?:{no})(?!\\w)"),
        only_yes=re.compile(f"{lead}(?:{_any(languages, 'only_yes')})$"),
        plain_yes=re.compile(f"{lead}(?:{_any(languages, 'plain_yes')})$"),
        only_no=re.compile(f"{lead}(?:{no})(?: (?:{no}))*$"),
        taken_back=re.compile(f"{lead}(?:(?:no|nein) )?(?:{taken_back})(?!\\w)"),
        near=re.compile(f"(?<!not )(?<!nicht )\\b(?:{_any(languages, 'near')})$"),
        open=_word(languages, "open"),
        suicide=_word(languages, "suicide"),
        means_near=_word(languages, "means_near"),
        means=_word(languages, "means"),
        unsafe=_word(languages, "unsafe"),
        admitted=_word(languages, "admitted"),
        attempt=_word(languages, "attempt"),
        hint=_word(languages, "hint"),
        does_it=_word(languages, "does_it"),
        lines=_word(languages, "lines"),
        lines_again=_word(languages, "lines_again"),
        elsewhere=_word(languages, "elsewhere"),
        hours=_word(languages, "hours"),
        hours_now=_word(languages, "hours_now"),
        thanks=re.compile(f"(?:{_any(languages, 'thanks')})$"),
        help=_word(languages, "help"),
        denied=_word(languages, "denied"),
        barriers={name: _word(barriers, name) for name in barriers[0]},
        plain_barriers={name: _word(plain_barriers, name) for name in plain_barriers[0]},
    )


def _any(languages: Iterable[Mapping[str, str]], key: str) -> str:
    return "|".join(re.sub(r"\|\s+", "|", language[key]) for language in languages)


def _word(languages: Iterable[Mapping[str, str]], key: str) -> re.Pattern[str]:
    return re.compile(f"\\b(?:{_any(languages, key)})(?!\\w)")


def hear(  # noqa: PLR0913 - what is known of a message
    text: str,
    grade: Grade | None,
    *,
    said: bool = False,
    scored: bool = False,
    asked: bool = True,
    in_danger: bool = False,
    talked: Nearness | None = None,
) -> Heard:
    """What a message says to the state machine, with the grade that the gate gave it.

    `said` if suicide was named: nobody is asked what they have just said. `scored` if the gate found it by the score
    alone, which was made for notes and knows no questions: then a message that says nothing but no is a no, and a hint
    is none. Without `asked`, a yes or a no answers nothing. With `in_danger`, danger was spoken of before: then words
    count that are harmless elsewhere ("they are on the table"). With `talked`, the machine has spoken of it with the
    person: what makes calling hard, what to do now, or thanks are about that.
    """
    if grade in {"immediate", "danger_from_others"}:
        return grade
    in_context = _heard_in_context(text, asked=asked) if in_danger else None
    if in_context in {"means", "means_near", "unsafe"}:
        return in_context
    clauses = _clauses(text)
    counts = grade in {"explicit", "indirect"} and not (scored and _only_denies(clauses))
    if counts and (said or grade == "explicit"):
        return "said" if said else "suspected" if scored else "explicit"
    if in_context:
        return in_context
    answer = _answer(text) if asked else None
    near = in_danger and (asked or talked in {"open", "barriers"})
    # A yes or a no counts more than what is asked for beside it: "no, what should I do now?"
    may_wish = answer in {None, "unclear"} and (scored or not counts)
    wish = _wish(text, clauses, near=near, talked=talked) if may_wish else None
    return wish or _hear_answer(text, clauses, answer, counts=counts, scored=scored, talked=talked)


def _wish(
    text: str, clauses: list[str], *, near: bool, talked: Nearness | None
) -> Literal["safe", "lines", "hours"] | None:
    """What a person says or asks for beside an answer."""
    if says_safe(text):
        return "safe"
    if asks_for_lines(text, near=near):
        return "lines"
    words = phrases()
    if talked and words.hours.search(_plain(text)):
        return "hours"
    is_open = talked in {"open", "barriers"}
    return "hours" if is_open and any(map(words.hours_now.search, clauses)) else None


def asks_for_lines(text: str, *, near: bool) -> bool:
    """Whether somebody asks for help lines. With `near`, danger was just spoken of: "the number again" is enough."""
    words, clauses = phrases(), _clauses(text)
    if words.lines.search(_plain(text)):
        return True
    return near and any(map(words.lines_again.search, clauses))


def _hear_answer(  # noqa: PLR0913 - what is known of a message
    text: str, clauses: list[str], answer: Answer | None, *, counts: bool, scored: bool, talked: Nearness | None
) -> Heard:
    if says_safe(text):
        return "safe"
    if answer == "yes":
        return "yes_now" if any(map(phrases().near.search, clauses)) else "yes"
    if talked and answer is None and (scored or not counts) and (heard := _afterwards(text, clauses, talked)):
        return heard
    if counts:
        return "hinted" if scored else "indirect"
    return "taken_back" if answer == "no" and _takes_back(clauses) else answer or "unclear"


def _afterwards(text: str, clauses: list[str], talked: Nearness) -> Literal["indirect", "barrier", "thanks"] | None:
    """What follows on the talk about danger, when no question of it waits for a yes or a no.

    Right after it was asked what makes calling hard, one word is enough, unless somebody is there or coming.
    """
    words, plain = phrases(), _plain(text)
    if words.does_it.search(plain):
        return "indirect"
    may_name_barrier = not words.elsewhere.search(plain)
    if may_name_barrier and _named(words.plain_barriers, plain):
        return "barrier"
    if talked == "lately":
        return None
    if clauses and all(map(words.thanks.match, clauses)):
        return "thanks"
    is_barrier = may_name_barrier and talked == "barriers" and _named(words.barriers, plain) and not _help_comes(text)
    return "barrier" if is_barrier else None


def _named(barriers: Mapping[str, re.Pattern[str]], plain: str) -> list[str]:
    return [name for name, pattern in barriers.items() if pattern.search(plain)]


def _heard_in_context(text: str, *, asked: bool) -> Context | None:
    """What a message says where danger was spoken of before. A yes to a question is no admission."""
    words = phrases()
    in_order: Mapping[Context, re.Pattern[str]] = {
        "means_near": words.means_near,
        "means": words.means,
        "unsafe": words.unsafe,
        "explicit": words.attempt,
        **({} if asked else {"admitted": words.admitted}),
        "indirect": words.hint,
    }
    plain = _plain(text)
    return next((heard for heard, pattern in in_order.items() if pattern.search(plain)), None)


def says_only_yes(text: str) -> bool:
    """Whether a message says yes and nothing else."""
    return phrases().only_yes.match(" ".join(_clauses(text))) is not None


def says_yes(text: str) -> bool:
    """Whether a message says yes, or that the person thinks of dying, and nothing else."""
    return says_only_yes(text) or phrases().plain_yes.match(" ".join(_clauses(text))) is not None


def _takes_back(clauses: list[str]) -> bool:
    return any(map(phrases().taken_back.match, clauses))


def _only_denies(clauses: list[str]) -> bool:
    return bool(clauses) and all(map(phrases().only_no.match, clauses))


def names_suicide(text: str, *, scored: bool = False) -> bool:
    """Whether somebody says that they think of suicide, in any language of the words.

    `scored` if the gate found nothing but a score: it does not look for denials, so they are looked for here.
    """
    if not scored:
        return phrases().suicide.search(_plain(text)) is not None
    return any(phrases().suicide.search(clause) and not phrases().denied.search(clause) for clause in _clauses(text))


def text_name(
    state: str, text: str, heard: Heard = "unclear", shown: Mapping[str, int] | None = None, *, later: bool = False
) -> str:
    """The text of a state that fits what the person has just said.

    `shown` is how often each text was. `later` if hours have passed since immediate danger.
    """
    if state in HELD_STATES:
        return _held_text(state, text, heard, later=later)
    if heard == "lines":
        return "lines"
    if state == CHECKED:
        return ASKED
    return f"eased_{_barrier(text, shown or {})}" if state == "eased" else state


def _held_text(state: str, text: str, heard: Heard, *, later: bool) -> str:
    """In immediate danger: for those who ask for lines or cannot speak, who have help, or who say yes or no.

    Only a bare yes answers what was asked: "yes, I will" may mean the danger.
    """
    if asks_for_lines(text, near=True) or phrases().plain_barriers["voice"].search(_plain(text)):
        return "held_lines"
    if _help_comes(text):
        return "held_help"
    if state == POISONED and (later or heard == "safe"):
        return "poisoned_safe"
    if says_only_yes(text):
        return "held_yes"
    clauses = _clauses(text)
    if _only_denies(clauses) and not _takes_back(clauses):
        return "held_no"
    return "held_later" if later else state


def _barrier(text: str, shown: Mapping[str, int]) -> str:
    """What makes calling hard, or `going` for somebody who calls, or `other`.

    A sentence that says so goes before a word for it. Of several, the one counts that was spoken of least.
    """
    plain, words = _plain(text), phrases()
    if words.elsewhere.search(plain):
        return "other"
    for patterns in (words.plain_barriers, words.barriers):
        if named := _named(patterns, plain):
            return min(named, key=lambda name: shown.get(f"eased_{name}", 0))
    return "other"


def _help_comes(text: str) -> bool:
    """Whether somebody is there or on the way. Any denial in the message makes it uncertain."""
    plain = _plain(text)
    return bool(phrases().help.search(plain)) and not phrases().denied.search(plain)


def _answer(text: str) -> Answer:
    """A yes or a no at the beginning of the message. One with a doubt, or both at once, is unclear."""
    clauses = _clauses(text)[:FIRST]
    yes, no = (any(map(pattern.match, clauses)) for pattern in (phrases().yes, phrases().no))
    if yes and not no:
        return "yes"
    return "no" if no and not yes and not phrases().open.search(_plain(text)) else "unclear"


def _plain(text: str) -> str:
    """In lower case and without apostrophes. Sentences stay apart."""
    return " ".join(re.sub(r"['\u2019\u00b4`]", "", text[:READ].lower()).split(" ")).strip(" .!")


def _clauses(text: str) -> list[str]:
    parts = (" ".join(part.split()) for part in END_OF_CLAUSE.split(_plain(text)))
    return [part for part in parts if part]
