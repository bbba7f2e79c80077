"""Reads words that are misspelled or lengthened as the words that they stand for."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

SHORTEST = 6  # letters of a word that is recognised with letters swapped or doubled
LONG = 7  # letters of a word that is recognised with a letter missing, or another vowel
VOWELS = "aeiouy"
UMLAUTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u"})
UMLAUTS_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
LENGTHENED = re.compile(r"(.)\1{2,}")


@cache
def misspellings(targets: frozenset[str], known: frozenset[str]) -> Mapping[str, str]:
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
