"""Searches a text for danger in scripts other than Latin: Cyrillic, Arabic, Devanagari, Han and kana, Hangul.

In Greek, Hebrew, Bengali, Tamil and Thai, there are announcements alone.

By `scripts.json`, safe phrases are blanked, and the rest is searched for risks. Patterns are filed by the letter they
begin with, so that a text is only matched against patterns that can match. A pattern may end inside a word, because
these languages inflect, and in Chinese, Japanese and Korean it may also begin there. `<name>` inserts a group.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import compress
from operator import not_
from pathlib import Path
from typing import NamedTuple

from shared.safety import announcements, signs
from shared.safety.findings import CONCERN, Findings
from shared.safety.patterns import blank_safe_phrases, by_code, compiled, end_of_group, expand, options_of

# Strings, which `re` compiles and caches on first use: compiling them here would slow the import.
_MARKS = (  # invisible signs, accents, the vowel signs of Hebrew and Arabic, stretching, the nukta of Devanagari
    "[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670\u093c"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]+"
)
_STOPS = "[.!?;\n\r\u061f\u061b\u06d4\u0964\u2026\u3002]+"
_COMMAS = "[,\u060c\u3001]|(?<=[\u0e00-\u0e7f]) (?=[\u0e00-\u0e7f])"  # a space stands between clauses in Thai
_NO_WORD = "[\\s,:()\"'\u00ab\u00bb\u00b7\u201c\u201d\u2013\u2014\u060c\u3001\u300c\u300d*_~-]+"
_FAMILIES: tuple[tuple[signs.Family, str, str], ...] = (  # their letters, and what stands between words
    ("words", "[\u0370-\u052f\u0590-\u06ff\u0900-\u09ff\u0b80-\u0bff\u1f00-\u1fff]", " "),
    ("letters", "[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af\uff66-\uffdc]", ""),
)
_CHINESE = "[\u3040-\u30ff\u3400-\u9fff]"
_INSIDE_A_WORD = f"(?<={_CHINESE})[ *.\u00b7_/|-]+(?={_CHINESE})"
_LETTER = "[\u0370-\u1dff\u3040-\ud7ff\uf900-\ufefc\uff66-\uffdc]"  # of a script other than Latin
_BEGINNING = "(?:(?<![\u0400-\u052f\u0620-\u06ff\u0900-\u097f])|(?<=\\b\u0648))"  # of a word, or after Arabic "and"


class Patterns(NamedTuple):
    """Patterns by their first letter."""

    by_letter: Mapping[str, str]
    first: re.Pattern[str]  # any first letter, where a pattern may begin


class Book(NamedTuple):
    """The content of `scripts.json`."""

    letters: Mapping[int, str]  # standard letters by their variants
    safe: Patterns
    risk: Patterns


def find(text: str) -> Findings:
    """What is found in a text. `words` is the text in one spelling, or "" if all its letters are Latin."""
    if not re.search(_LETTER, text):
        return Findings(set(), set(), "", set(), set(), set())
    joined = re.sub(_INSIDE_A_WORD, "", re.sub(r"[^\S\n]+", " ", standard(text)))
    sentences = re.split(_STOPS, joined)
    codes: set[str] = set()
    names: set[str] = set()
    announced: set[str] = set()
    closed: list[str] = []
    for family, letters, filler in _FAMILIES:
        if re.search(letters, text):
            words = [plain(sentence, filler) for sentence in sentences]
            findings = signs.find(words, family)
            codes |= findings.codes
            names |= findings.names
            closed += compress(sentences, map(not_, findings.open))
            clauses = (tuple(plain(part, filler) for part in re.split(_COMMAS, sentence)) for sentence in sentences)
            announced |= announcements.find(map(announcements.StandardSentence, clauses, findings.open), family)
            sentences = list(compress(sentences, findings.open))
    worry = {CONCERN} & _risks("\n".join(closed))
    return Findings(_risks("\n".join(sentences)), codes, joined, names, worry, announced)


def plain(text: str, filler: str) -> str:
    """The words of a sentence in its standard spelling, with a filler between them."""
    return re.sub(_NO_WORD, filler, text).strip()


def sentences(words: str, family: signs.Family) -> Iterator[str]:
    """The sentences of a text in one spelling, as the lists of a family have them."""
    plain_sentences = (plain(part, announcements.space_of(family)) for part in re.split(_STOPS, words))
    return filter(None, plain_sentences)


def _risks(text: str) -> set[str]:
    """The codes of risks in a text without its safe phrases."""
    searched = "".join(blank_safe_phrases(_matches(book().safe, text), text))
    return {match.lastgroup or "" for _, match in _matches(book().risk, searched)}


def standard(text: str) -> str:
    """The text with one spelling of each letter. Patterns go through it too."""
    return _standard(text, book().letters)


def _matches(patterns: Patterns, text: str) -> Iterator[tuple[int, re.Match[str]]]:
    for place in patterns.first.finditer(text):
        if match := compiled(patterns.by_letter[place[0]]).match(text, place.start()):
            yield place.start(), match


def _standard(text: str, letters: Mapping[int, str]) -> str:
    """The text with one spelling of each letter. Patterns go through it too."""
    return re.sub(_MARKS, "", unicodedata.normalize("NFKC", text).casefold()).translate(letters)


@cache
def book() -> Book:
    """Read when the first text needs it."""
    content = json.loads(Path(__file__).with_name("scripts.json").read_text("utf-8"))
    letters = str.maketrans(*content["same_letters"])
    safe: dict[str, dict[str, list[str]]] = {}
    risk: dict[str, dict[str, list[str]]] = {}
    for language in content["languages"].values():
        _file(safe, {"safe": language["safe"]}, language["groups"], letters)
        _file(risk, language["risks"], language["groups"], letters)
    return Book(letters, _patterns(safe), _patterns(risk))


def _file(
    filed: dict[str, dict[str, list[str]]],
    patterns_by_code: Mapping[str, list[str]],
    groups: Mapping[str, str],
    letters: Mapping[int, str],
) -> None:
    for code, patterns in patterns_by_code.items():
        for pattern in patterns:
            for unfolded in _unfold(_standard(expand(pattern, groups), letters)):
                filed.setdefault(unfolded[0], {}).setdefault(code, []).append(unfolded)


def _patterns(filed: Mapping[str, Mapping[str, list[str]]]) -> Patterns:
    return Patterns(
        {letter: by_code(patterns) for letter, patterns in filed.items()},
        re.compile(f"{_BEGINNING}[{re.escape(''.join(filed))}]"),
    )


def _unfold(pattern: str) -> Iterator[str]:
    """The pattern as patterns that begin with a letter.

    `(?:a|b)?c` is `ac`, `bc` and `c`. `[ab]{1,9}` is `a[ab]{0,9}` and `b[ab]{0,9}`.
    """
    if pattern[0] not in "([":
        yield pattern
        return
    end = end_of_group(pattern)
    body, rest = pattern[:end], pattern[end:]
    options = options_of(body)
    if rest.startswith("?"):
        rest, options = rest[1:], [*options, ""]
    elif rest.startswith("{1,"):
        rest = f"{body}{{0,{rest[3:]}"
    for option in options:
        yield from _unfold(option + rest)
