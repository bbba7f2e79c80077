"""Finds what a model must not say in a sentence, by the phrases in `phrases/<language>.json`.

In a phrase, `word*` is any ending, `*` alone up to three words, `#` a number, `(a|b)` a choice, `(a|b)?` may be absent,
`(a|b)*` comes up to four times, and `<name>` inserts a group. Categories are in order, from the gravest on. A match
counts unless a phrase of `unless` is in the same sentence. One of `plain` does not count after a negation or a report
("he said that") in the same clause either.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from shared.safety.normalise import normalise
from shared.safety.patterns import expand

FOLDER = Path(__file__).with_name("phrases")
LANGUAGES = ("english", "german")
_TOKEN = re.compile(r"\)[?*+]?|[(|]|\$|\*|[\w#]+\*?")
_SIGNS = {"(": "(?:", "*": "(?: [^ ]+){0,3}?", "$": "$", ")*": "){0,4}", ")+": "){1,4}"}
_DOUBTED = 8  # words that a negation or a report may stand before a phrase
_NOTHING = re.compile("(?!)")


class Category(NamedTuple):
    certain: re.Pattern[str]
    plain: re.Pattern[str]
    unless: re.Pattern[str]


class Rulebook(NamedTuple):
    """The phrases of one language."""

    categories: Mapping[str, Category]
    doubts: re.Pattern[str]  # negations and reports

    def find(self, words: str, start: int) -> str | None:
        """The gravest category with a match that ends after `start`, or None."""
        for name, category in self.categories.items():
            if self._matches(category, words, start) and not category.unless.search(words, start):
                return name
        return None

    def _matches(self, category: Category, words: str, start: int) -> bool:
        if any(match.end() > start for match in category.certain.finditer(words)):
            return True
        return any(
            match.end() > start and not self.doubts.search(_words_before(words, match.start()))
            for match in category.plain.finditer(words)
        )


def _words_before(words: str, place: int) -> str:
    return "".join(f" {word}" for word in words[:place].split()[-_DOUBTED:])


@cache
def rulebooks() -> tuple[Rulebook, ...]:
    """Read on first use."""
    return tuple(map(_rulebook, LANGUAGES))


def _rulebook(language: str) -> Rulebook:
    book = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    groups: Mapping[str, str] = book["groups"]
    categories = {
        name: Category(*(_any_of(phrases[kind], groups) for kind in Category._fields))
        for name, phrases in book["categories"].items()
    }
    return Rulebook(categories, _any_of(book["doubts"], groups))


def _any_of(phrases: Iterable[str], groups: Mapping[str, str]) -> re.Pattern[str]:
    """One pattern of all phrases. Each word takes the space before it, and a phrase ends at the end of a word."""
    patterns = ["".join(map(_as_pattern, _TOKEN.finditer(expand(phrase, groups)))) for phrase in phrases]
    return re.compile("|".join(patterns)) if patterns else _NOTHING


def _as_pattern(token: re.Match[str]) -> str:
    text = token[0]
    if text in _SIGNS or text[0] in "()|":
        return _SIGNS.get(text, text)
    return f" {text.replace('*', '[^ ]*').replace('#', '[0-9]+')}(?![^ ])"


def words_of(sentence: str) -> str:
    """The words of a sentence in one spelling, each after a space, without commas and stops."""
    return "".join(f" {word}" for word in normalise(sentence).split() if word not in {",", "."})


def find(words: str, start: int = 0) -> str | None:
    """The gravest category of a match that ends after `start`, by the phrases of any language, or None."""
    categories = {category for book in rulebooks() if (category := book.find(words, start))}
    return next((name for name in rulebooks()[0].categories if name in categories), None)
