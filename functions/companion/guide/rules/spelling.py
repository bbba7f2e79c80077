"""Reads words that are misspelled, lengthened or in dialect as the words that they stand for."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from shared.safety.dialects import dialects

SHORTEST = 6  # letters of a word that is recognised with letters swapped or doubled
LONG = 7  # letters of a word that is recognised with a letter missing, or another vowel
VOWELS = "aeiouy"
UMLAUTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u"})
UMLAUTS_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
LENGTHENED = re.compile(r"(.)\1{2,}")
FEW_WORDS = 3  # of which one in dialect is enough


def misspellings(targets: Iterable[str], known: frozenset[str]) -> Mapping[str, str]:
    """The words by how they may be misspelled, where that can be neither a known word nor two of them."""
    found: dict[str, str | None] = {}
    for word in sorted(targets):
        for written in _misspellings_of(word):
            if written not in known:
                found[written] = word if found.get(written, word) == word else None
    return {written: word for written, word in found.items() if word}


def _misspellings_of(word: str) -> Iterator[str]:
    """The first letter is always right, and an "s" at the end is no letter too many or too few."""
    yield word.translate(UMLAUTS_WRITTEN_OUT)
    if len(word) < SHORTEST or not word.isalpha():
        return
    yield word.translate(UMLAUTS)
    for place in range(1, len(word) - 1):
        before, letter, after = word[:place], word[place], word[place + 1 :]
        yield before + letter + letter + after
        if after != "s":
            yield before + after[0] + letter + after[1:]
        if len(word) >= LONG or letter == word[place - 1]:
            yield before + after
        if len(word) >= LONG and letter in VOWELS:
            yield from (before + vowel + after for vowel in VOWELS)


def shortened(word: str, known: frozenset[str]) -> str:
    """A word without lengthened letters: "sooo" is "so", and "goood" is "good"."""
    if not LENGTHENED.search(word):
        return word
    once, twice = LENGTHENED.sub(r"\1", word), LENGTHENED.sub(r"\1\1", word)
    return twice if twice in known and once not in known else once


def without_dialect(words: Sequence[str]) -> Sequence[str]:
    """German words, each in the standard language, where one may be two: "i mog nimma" is "ich mag nicht mehr".

    Some words of dialects are other words elsewhere, so one of many is not enough.
    """
    standard = _standard()
    count = sum(word in standard for word in words)
    if count > 1 or (count and len(words) <= FEW_WORDS):
        return [standard.get(word, word) for word in words]
    return words


@cache
def _standard() -> Mapping[str, str]:
    return dialects().standard
