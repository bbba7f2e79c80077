"""Finds what a model must not say in a sentence, by the phrases in `phrases/<language>.json`.

In a phrase, `word*` is any ending, `*` alone up to three words, `#` a number, `(a|b)` a choice, `(a|b)?` may be absent,
`(a|b)*` comes up to four times, and `<name>` inserts a group. Categories are in order, from the gravest on. A match
counts unless a phrase of `unless` is in the same sentence. One of `plain` does not count after a negation or a report
("he said that") in the same clause either. The phrases of `certain` count whatever the scores say.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from shared.safety.normalise import normalise
from shared.safety.patterns import expand

FOLDER = Path(__file__).with_name("phrases")
LANGUAGES = ("english", "german")
_TOKEN = re.compile(r"\)[?*+]?|[(|^]|\$|\*|[\w#]+\*?")
_SIGNS = {"(": "(?:", "*": "(?: [^ ]+){0,3}?", "$": r"(?= \?|$)", "^": "^", ")*": "){0,4}", ")+": "){1,4}"}
_NOTHING = re.compile("(?!)")
_LEAD = 8  # words that a negation or a report may stand before a match
_NEW_THOUGHT = re.compile(" (?:so|then|just|therefore|also|dann|deshalb|darum|but|aber)(?= )")


_reading = Lock()


class ReplyCategory(NamedTuple):
    """The phrases of a category. A question and a negation are no harm in some."""

    always: re.Pattern[str]
    stated: re.Pattern[str]  # not in a question
    plain: re.Pattern[str]  # neither in a question, nor after a negation
    unless: re.Pattern[str]


class ReplyRules(NamedTuple):
    """The phrases of one language."""

    categories: Mapping[str, ReplyCategory]
    reports: re.Pattern[str]
    negations: re.Pattern[str]
    questions: re.Pattern[str]

    def find(self, words: str, start: int) -> str | None:
        """The gravest category with a match that ends after `start`, or None."""
        is_question = words.endswith("?") and self.questions.match(words, start) is not None
        for name, category in self.categories.items():
            kinds = [category.always] if is_question else [category.always, category.stated]
            is_found = any(self._matches(kind, words, start, self.reports) for kind in kinds) or (
                not is_question and self._matches(category.plain, words, start, self.reports, self.negations)
            )
            if is_found and not category.unless.search(words, start):
                return name
        return None

    @staticmethod
    def _matches(pattern: re.Pattern[str], words: str, start: int, *doubts: re.Pattern[str]) -> bool:
        """Whether there is a match that ends after `start`, with none of the doubts right before it."""
        matches = (match for match in pattern.finditer(words) if match.end() > start)
        return any(not any(doubt.search(_lead(words, match)) for doubt in doubts) for match in matches)


def _lead(words: str, match: re.Match[str]) -> str:
    """The words before a match that belong to its thought."""
    lead = "".join(f" {word}" for word in words[: match.start()].split()[-_LEAD:])
    return _NEW_THOUGHT.split(lead)[-1]


def rules_of(language: str) -> ReplyRules:
    """Read on first use, which takes half a second. Threads that need it at once wait for one of them."""
    with _reading:
        return _read(language, "categories")


def certain_rules_of(language: str) -> ReplyRules:
    """Those that need no score. They are few, so they are read soon."""
    with _reading:
        return _read(language, "certain")


@cache
def _read(language: str, part: str) -> ReplyRules:
    book = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    groups: Mapping[str, str] = book["groups"]
    categories = {
        name: ReplyCategory(*(_any_of(phrases[kind], groups) for kind in ReplyCategory._fields))
        for name, phrases in book[part].items()
    }
    doubts = (_any_of(book[name], groups) for name in ("reports", "negations", "questions"))
    return ReplyRules(categories, *doubts)


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
    """The words of a sentence in one spelling, each after a space, without commas and stops. A question ends in `?`."""
    words = "".join(f" {word}" for word in normalise(sentence).split() if word not in {",", "."})
    return f"{words} ?" if "?" in sentence else words


def find(words: str, languages: Collection[str] = (), start: int = 0) -> str | None:
    """The gravest category of a match that ends after `start`, or None. Without languages, all of them are read."""
    books = [rules_of(language) for language in languages or LANGUAGES]
    categories = {category for book in books if (category := book.find(words, start))}
    return next((name for name in books[0].categories if name in categories), None)


def find_certain(words: str, languages: Collection[str] = ()) -> str | None:
    """The category of what a model must not say whatever the rest of it is, or None."""
    found = (certain_rules_of(language).find(words, 0) for language in languages or LANGUAGES)
    return next(filter(None, found), None)
