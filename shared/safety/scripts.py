"""Searches a text for danger in scripts other than Latin: Cyrillic, Arabic, Devanagari, Han and kana, Hangul.

Only the scripts that occur in the text are searched. By `scripts.json`, safe phrases of the script are blanked, and the
rest is searched for risks. A pattern may match inside a word, because these languages inflect, or write no spaces.
`<name>` inserts a group.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

# Strings, which `re` compiles and caches on first use: compiling them here would slow the import.
_MARKS = (  # invisible characters, accents, the vowel signs and the stretching of Arabic, the nukta of Devanagari
    "[\u00ad\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u093c\u200b-\u200f\u202a-\u202e\u2060-\u2069"
    "\ufe00-\ufe0f\ufeff]+"
)
_INSIDE_A_WORD = "(?<=[\u3040-\u30ff\u3400-\u9fff])[ *.\u00b7_/|-]+(?=[\u3040-\u30ff\u3400-\u9fff])"


class Script(NamedTuple):
    """What to look for in one script."""

    letter: re.Pattern[str]  # any of its letters
    safe: str
    risks: Mapping[str, str]  # patterns by their code


class Book(NamedTuple):
    """The content of `scripts.json`."""

    letters: Mapping[int, str]  # standard letters by their variants
    scripts: tuple[Script, ...]


def find_codes(text: str) -> set[str]:
    """The codes of all that is found in the text in scripts other than Latin."""
    scripts = [script for script in book().scripts if script.letter.search(text)]
    words = _normalise(text) if scripts else ""
    return {code for script in scripts for code in _codes(script, words)}


def _codes(script: Script, words: str) -> set[str]:
    unsafe = _compiled(script.safe).sub(" ~ ", words)
    return {code for code, pattern in script.risks.items() if _compiled(pattern).search(unsafe)}


def _normalise(text: str) -> str:
    """Standard letters, single spaces, and nothing between the characters of a Chinese or Japanese word."""
    words = re.sub(r"[^\S\n]+", " ", _standard(text, book().letters))
    return re.sub(_INSIDE_A_WORD, "", words)


def _standard(text: str, letters: Mapping[int, str]) -> str:
    """The text with one spelling of each letter. Patterns go through it too."""
    return re.sub(_MARKS, "", unicodedata.normalize("NFKC", text).casefold()).translate(letters)


@cache
def book() -> Book:
    """Read when the first text needs it."""
    content = json.loads(Path(__file__).with_name("scripts.json").read_text("utf-8"))
    letters = str.maketrans(*content["same_letters"])
    return Book(letters, tuple(_script(**entry, standard=letters) for entry in content["scripts"].values()))


def _script(
    letters: str, groups: Mapping[str, str], safe: list[str], risks: Mapping[str, list[str]], standard: Mapping[int, str]
) -> Script:
    def joined(patterns: list[str]) -> str:
        return _standard("|".join(expand(pattern, groups) for pattern in patterns), standard)

    return Script(re.compile(letters), joined(safe), {code: joined(patterns) for code, patterns in risks.items()})


def expand(pattern: str, groups: Mapping[str, str]) -> str:
    """The pattern with the words of the groups that it names."""
    while (expanded := re.sub(r"<(\w+)>", lambda name: groups[name[1]], pattern)) != pattern:
        pattern = expanded
    return pattern


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
