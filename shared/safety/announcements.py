"""Finds sentences, and clauses between commas, in which somebody announces or wishes to die, and says nothing else.

What may stand beside, such as a time or "I can't any more", is taken out. If the rest is one of the listed sentences,
no scorer has to confirm it: in a sentence, nothing is left that could make it a joke, a quotation or a denial. Clauses
are read of sentences that tell of nobody else.
`announcements.tsv` is made from `infra/safety/announcements/LANGUAGE.json`.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from shared.safety.signs import LANGUAGES, Family

FILE = Path(__file__).with_name("announcements.tsv")
LONGEST = 160  # letters of a sentence that is looked at


class AnnouncementLists(NamedTuple):
    """What is listed of a language, in its standard spelling."""

    said: frozenset[str]  # announcements, without what may stand beside
    wished: frozenset[str]  # wishes to die, which a time makes no plan
    beside: Sequence[str]  # what may stand beside, the longest first
    soon: Sequence[str]  # times that are near
    later: Sequence[str]  # other times


def find(sentences: Iterable[str], family: Family) -> set[str]:
    """The codes of sentences and clauses in their standard spelling."""
    return {code for sentence in sentences if len(sentence) <= LONGEST for code in _codes(sentence, family)}


def _codes(text: str, family: Family) -> Iterator[str]:
    words, is_spaced = text.split(), family != "letters"
    for name in LANGUAGES[family]:
        if is_spaced and listed()[name].keys.isdisjoint(words):
            continue
        language = load(name)
        bare = without(text, language.beside, is_spaced=is_spaced)
        if bare in language.wished:
            yield "explicit_ideation"
        if bare in language.said:
            times = (("means_now", language.soon), ("plan", language.later))
            codes = (code for code, phrases in times if _any_of(phrases, is_spaced=is_spaced).search(text))
            yield next(codes, "explicit_ideation")


def without(text: str, beside: Sequence[str], *, is_spaced: bool) -> str:
    """A sentence without what may stand beside."""
    return " ".join(_any_of(beside, is_spaced=is_spaced).sub("", text).split())


@cache
def _any_of(phrases: Sequence[str], *, is_spaced: bool) -> re.Pattern[str]:
    """One pattern of phrases, in which # is a number and * is a word."""
    choices = "|".join(re.escape(phrase).replace(r"\#", "[0-9]+").replace(r"\*", "[^ ]+") for phrase in phrases)
    return re.compile(f"(?<![^ ])(?:{choices})(?![^ ])" if is_spaced else choices)


class AnnouncementLine(NamedTuple):
    """A line of the file."""

    keys: frozenset[str]  # words of which each sentence of the language has one; none where words have no spaces
    content: str  # JSON, which most texts do not need


@cache
def listed() -> dict[str, AnnouncementLine]:
    """The lines of the file by language. Read when the first text needs it."""
    lines = (line.split("\t") for line in FILE.read_text("utf-8").splitlines())
    return {name: AnnouncementLine(frozenset(keys.split()), content) for name, keys, content in lines}


@cache
def load(name: str) -> AnnouncementLists:
    said, wished, *others = json.loads(listed()[name].content)
    return AnnouncementLists(frozenset(said), frozenset(wished), *map(tuple, others))
