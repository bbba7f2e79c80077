"""Writes German dialects in standard German, as far as patterns need it: "i mog nimma" is "ich mag nicht mehr".

`dialects.json` has the words. The same letters are other words elsewhere: Italian "i", Spanish "mi", English "net". So
only a text is rewritten that has a word which is `sure` to be dialect, or one that is `maybe` and a `german` one, and
no word that is frequent in some `other` language.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from re import sub
from typing import NamedTuple

_SHORT_ENDING = "([a-z]{2}(?:[bdgkmpstz]|(?<! dur)ch))n(?= )"  # "sterbn", "Tablettn", but "durchn Wald"
_END = " . "  # of a sentence
_SWISS_TOO_MUCH = " z vi"  # "z vil", where a Polish "z" stands before other letters
_NO_CLAUSE = "(?: (?!(?:dass|ich|oder|und|weil|wenn) )[a-z]+){0,3}?"
_INFINITIVE = (  # of Swiss, Swabian and Palatine: "ich will mich umbringe"
    f"( (?:kann|mag|mochte|mocht|soll|will|wollt|wollte){_NO_CLAUSE}"
    " (?:aufhor|aufwach|erhang|existier|leb|sterb|umbring|verschwind|weiterleb))[ae](?= )"
)


class Dialects(NamedTuple):
    sure: frozenset[str]
    sure_phrases: tuple[str, ...]  # of several words, between spaces
    maybe: frozenset[str]
    german: frozenset[str]
    other: frozenset[str]
    standard: Mapping[str, str]  # German words by those of dialects


def standard_german(text: str) -> str:
    """Words between single spaces. Those of a text in German, with dialect and dropped endings undone."""
    text = text.replace(_SWISS_TOO_MUCH, " zu vi")
    listed, present = dialects(), {*text.split(" ")}
    is_dialect = _is_dialect(listed, present, text)
    if not is_dialect and listed.german.isdisjoint(present):
        return text
    standard = _END.join(_in_standard(listed, each) for each in text.split(_END)) if is_dialect else text
    return sub(_INFINITIVE, r"\1en", sub(_SHORT_ENDING, r"\1en", standard))


def _in_standard(listed: Dialects, sentence: str) -> str:
    """A sentence of a text in dialect. One with a word that is `maybe` dialect, and with none that is German, stays."""
    words = sentence.split(" ")
    is_german = not (listed.sure.isdisjoint(words) and listed.german.isdisjoint(words))
    is_german = is_german or any(phrase in f" {sentence} " for phrase in listed.sure_phrases)
    if not is_german and not listed.maybe.isdisjoint(words):
        return sentence
    return " ".join(listed.standard.get(word, word) for word in words)


def _is_dialect(listed: Dialects, present: set[str], text: str) -> bool:
    is_sure = not listed.sure.isdisjoint(present) or any(phrase in text for phrase in listed.sure_phrases)
    is_likely = not listed.maybe.isdisjoint(present) and not listed.german.isdisjoint(present)
    return (is_sure or is_likely) and listed.other.isdisjoint(present)


@cache
def dialects() -> Dialects:
    """Read on first use, so that importing stays fast."""
    content = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return Dialects(
        frozenset(word for word in content["sure"] if " " not in word),
        tuple(f" {phrase} " for phrase in content["sure"] if " " in phrase),
        frozenset(content["maybe"]),
        frozenset(content["german"]),
        frozenset(content["other"]),
        {word: german for german, words in content["words"].items() for word in words.split()},
    )
