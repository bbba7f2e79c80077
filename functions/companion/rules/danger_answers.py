"""Reads short answers about danger in languages in which the machine has no texts of its own, by `danger_answers.yaml`.

What is understood is said again in English phrases, which the machine reads like any message. So an answer in any
language leads to the same states.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from functions.companion.languages import written_language
from functions.companion.rules.danger_phrases import clauses_of, joined, languages_of, plain_words
from shared.languages import FALLBACK

YES, NO, MAYBE, NOW, SAFE, UNSAFE = "yes", "no", "maybe", "now", "safe", "unsafe"
FILLER, NOT = "filler", "not"  # words that say nothing, and that deny others
OTHER = "other"  # it is about somebody else, and not about oneself
EMPTY = "empty"  # thanks, and words that say nothing
ANY_WORD = "(?: \\w+)"
PHRASES: Mapping[str, str] = {  # in the order in which they are looked for, after yes and no
    YES: "yes",
    NO: "no",
    "back": "that is not what I meant",
    "lied": "yes, I lied",
    "not_now": "not now",
    MAYBE: "maybe",
    "took": "I took the pills",
    SAFE: "I am safe",
    UNSAFE: "I am not safe",
    "act": "I will do it now",
    "means": "it is in front of me",
    OTHER: "it is not about me but my friend",
    "treated": "the doctor says I am ok",
    "lines": "what are the help lines",
    NOW: "tonight",
    "partly": "sometimes",
    "better": "I feel better",
    "thanks": "thanks",
    "bye": "goodbye",
}
UNKNOWN = "something"  # stands for words that are not understood
DENIABLE = frozenset({"took", SAFE, "act", "means", "treated", "better"})  # beside a word of `not`, they do not count
OF_ONESELF = frozenset(
    {YES, "partly", "lied", "act", "means", "took", NOW, UNSAFE}
)  # beside it, not all is about another
ENGLISH = {YES: "yes+|yeah+|yep|yup", NO: "nope|nah", NOW: "tonight|right now"}  # understood in every language
WITHOUT_SPACES = frozenset({"ja", "zh"})
LETTER = "\\w\u0900-\u0963"  # with the vowel signs of Hindi, which count as no letters
MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u0640\u093c]")  # what may be left out: accents, vowels in Arabic
SAME_LETTERS = str.maketrans(  # Turkish and Polish, Arabic, and a nasal vowel of Hindi
    "\u0131\u0142\u0623\u0625\u0622\u0629\u0649\u0624\u0626\u0901",
    "il\u0627\u0627\u0627\u0647\u064a\u0648\u064a\u0902",
)
STOPS = str.maketrans("\u3002\u3001\u0964\u060c\u061b\u061f\u00bf\u00a1-", ".,.,;?   ")
REPEATED = re.compile(r"(\w)\1{2,}")


def in_english(text: str, *languages: str | None) -> str:
    """An answer as English phrases, by the first of the languages in which something of it is understood.

    It stays as it is if it is written in English, or if nothing is understood and it has words of English or German:
    short words are other words elsewhere.
    """
    known = [code for code in dict.fromkeys(languages) if code and code in phrases_by_language()]
    if not known or written_language(text) == FALLBACK:
        return text
    said = next(filter(None, (_said_in(text, groups_of(code)) for code in known)), None)
    return said or (text if len(languages_of(plain_words(text))) == 1 else UNKNOWN)


def _said_in(text: str, groups: Mapping[str, re.Pattern[str]]) -> str | None:
    plain = REPEATED.sub(r"\1", plain_words(plain_marks(text)))
    found = [name for clause in clauses_of(plain) for name in _found_in(clause, groups)]
    is_understood = bool(found) and {*found} != {FILLER, UNKNOWN}
    return ", ".join(PHRASES.get(name, UNKNOWN) for name in _counted(found)) if is_understood else None


def plain_marks(text: str) -> str:
    """The same with the marks of other scripts as those of ours, so that sentences and questions end alike."""
    return plain_letters(text.translate(STOPS))


def plain_letters(text: str) -> str:
    """A text without what people leave out when they write fast: capital letters, accents, signs that are optional."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", MARKS.sub("", decomposed)).translate(SAME_LETTERS)


@cache
def phrases_by_language() -> Mapping[str, Mapping[str, str]]:
    """The phrases as they are written. Read on first use, so that importing stays fast."""
    import yaml

    content: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return content


@cache
def groups_of(code: str) -> Mapping[str, re.Pattern[str]]:
    """The phrases of a language by group, or nothing for a language that is not there."""
    groups = phrases_by_language().get(code)
    return _patterns(groups, code) if groups else {}


def _patterns(groups: Mapping[str, str], code: str) -> Mapping[str, re.Pattern[str]]:
    letter = "a-z" if code in WITHOUT_SPACES else LETTER
    and_ = "\u0648?" if code == "ar" else ""  # it is part of the next word
    plain = {name: plain_letters(joined(text)) for name, text in groups.items()}
    plain |= {name: f"{plain[name]}|{text}" for name, text in ENGLISH.items()}
    plain |= {name: _undenied(plain[name], f"(?:{plain[NOT]})(?![{letter}])") for name in DENIABLE}
    plain[EMPTY] = f"{plain[FILLER]}|{plain['thanks']}"
    words = {name: f"(?<![{letter}]){and_}(?:{text})(?![{letter}])" for name, text in plain.items()}
    words[NO] = f"{words[NO]}(?:\\W*{words[EMPTY]})*\\W*"
    return {name: re.compile(text) for name, text in words.items()}


def _undenied(phrases: str, denial: str) -> str:
    """The phrases, in which no word that may be left out denies them: "I am (now) safe"."""
    return phrases.replace(ANY_WORD, f"(?: (?!{denial})\\w+)")


def _found_in(clause: str, groups: Mapping[str, re.Pattern[str]]) -> Iterator[str]:
    """The groups of a clause. A no is all of it, and a yes begins it."""
    answer, left = _without_lead(clause, groups[FILLER]), clause
    if groups[NO].fullmatch(answer):
        yield NO
        return
    if groups[YES].match(answer) and not groups[OTHER].match(answer):
        yield YES
    for name in (name for name in PHRASES if name in groups.keys() - {YES, NO}):
        rest = groups[name].sub(" ", left)
        if rest == left:
            continue
        is_denied = name in DENIABLE and groups[NOT].search(rest) is not None
        if name == SAFE or not is_denied:
            yield UNSAFE if is_denied else name
            left = groups[NOT].sub(" ", rest) if is_denied else rest
    if groups[NOT].search(groups[EMPTY].sub(" ", left)):
        yield MAYBE
    if re.search(r"\w", groups[EMPTY].sub(" ", groups[YES].sub(" ", left))):
        yield UNKNOWN
    yield FILLER


def _without_lead(clause: str, fillers: re.Pattern[str]) -> str:
    while (filler := fillers.match(clause)) and filler.end() < len(clause):
        clause = clause[filler.end() :].strip()
    return clause


def _counted(found: Sequence[str]) -> Iterator[str]:
    """The groups that count, each once. Who doubts is not safe, "safe now" tells no time; "no, now" is no no.

    Who speaks of themselves, too, does not speak of somebody else alone.
    """
    names = [name for name in dict.fromkeys(found) if name != FILLER]
    left_out = {SAFE} if MAYBE in names else set[str]()
    left_out |= {NOW} if not {SAFE, "better"}.isdisjoint(names) else set()
    left_out |= {NO} if {NO, NOW} == {*names} else set()
    left_out |= {YES} if "lied" in names else set()
    left_out |= {OTHER} if not OF_ONESELF.isdisjoint(names) else set()
    return (name for name in names or [UNKNOWN] if name not in left_out)
