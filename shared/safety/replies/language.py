"""Tells whether a sentence is English or German, by its words. Only these two are read by the output gate."""

import json
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

from shared.safety.normalise import normalise

FILE = Path(__file__).with_name("words.json")
KNOWN, FOREIGN, SHORT = "known", "foreign", "short"
FEWEST = 4  # words that tell a language
KNOWN_SHARE = 0.6  # of the words of a sentence, or half of it if none of them is foreign


class LanguageWords(NamedTuple):
    known: frozenset[str]  # English or German
    foreign: frozenset[str]  # of other languages, and of neither of these


@cache
def words() -> LanguageWords:
    """Read on first use."""
    content = json.loads(FILE.read_text("utf-8"))
    return LanguageWords(frozenset(content["known"].split()), frozenset(content["foreign"].split()))


def language_of(text: str) -> str:
    """`KNOWN` if the text is surely English or German, `SHORT` if it has too few words to tell, or else `FOREIGN`."""
    if _has_other_script(text):
        return FOREIGN
    parts = [word for word in normalise(text).split() if word.isalpha()]
    known = sum(word in words().known for word in parts)
    foreign = sum(word in words().foreign for word in parts)
    if len(parts) < FEWEST:
        return FOREIGN if foreign > known else SHORT
    share = KNOWN_SHARE if foreign else KNOWN_SHARE / 2
    return KNOWN if known >= share * len(parts) and known > 2 * foreign else FOREIGN


def _has_other_script(text: str) -> bool:
    """Whether there is a letter that is not Latin. One word may be, such as a name, unless it mixes scripts."""
    if text.isascii():
        return False
    others = [word for word in unicodedata.normalize("NFKC", text).split() if any(map(_is_other, word))]
    return len(others) > 1 or any(len(word) > _LONGEST_NAME or any(map(_is_latin, word)) for word in others)


_LONGEST_NAME = 12  # letters: scripts without spaces write sentences as one word


def _is_other(letter: str) -> bool:
    return letter.isalpha() and not _is_latin(letter)


def _is_latin(letter: str) -> bool:
    return letter.isalpha() and (letter.isascii() or unicodedata.name(letter, "").startswith("LATIN"))
