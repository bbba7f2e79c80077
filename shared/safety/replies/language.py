"""Tells whether a sentence is English or German, by its words. Only these two are read by the output gate."""

import json
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

from shared.safety.normalise import normalise

FILE = Path(__file__).with_name("words.json")
FOREIGN = "foreign"
FEWEST = 4  # words that tell a language
KNOWN_SHARE = 0.6  # of the words of a sentence, or half of it if none of them is foreign
LONGEST_NAME = 12  # letters: scripts without spaces write sentences as one word


class LanguageWords(NamedTuple):
    """Words of the two languages, and of others that neither of them has."""

    english: frozenset[str]
    german: frozenset[str]
    foreign: frozenset[str]


@cache
def language_words() -> LanguageWords:
    """Read on first use."""
    content = json.loads(FILE.read_text("utf-8"))
    return LanguageWords(*(frozenset(content[name].split()) for name in LanguageWords._fields))


def languages_of(text: str) -> set[str]:
    """`english`, `german`, both if it is mixed, or `FOREIGN`. Nothing if the text has too few words to tell."""
    if _has_other_script(text):
        return {FOREIGN}
    words = [word for word in normalise(text).split() if word.isalpha()]
    counts = [sum(word in its_words for word in words) for its_words in language_words()]
    english, german, foreign = counts
    known = max(english, german)
    if len(words) < FEWEST:
        return {FOREIGN} if foreign > known else set()
    share = KNOWN_SHARE if foreign else KNOWN_SHARE / 2
    if known < share * len(words) or known <= 2 * foreign:
        return {FOREIGN}
    return {name for name, count in (("english", english), ("german", german)) if 2 * count >= known}


def _has_other_script(text: str) -> bool:
    """Whether there is a letter that is not Latin. One word may be, such as a name, unless it mixes scripts."""
    if text.isascii():
        return False
    others = [word for word in unicodedata.normalize("NFKC", text).split() if any(map(_is_other, word))]
    return len(others) > 1 or any(len(word) > LONGEST_NAME or any(map(_is_latin, word)) for word in others)


def _is_other(letter: str) -> bool:
    return letter.isalpha() and not _is_latin(letter)


def _is_latin(letter: str) -> bool:
    return letter.isalpha() and (letter.isascii() or unicodedata.name(letter, "").startswith("LATIN"))
