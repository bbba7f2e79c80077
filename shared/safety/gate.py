"""Finds texts of people in danger, by patterns. It uses no model and no network, and stores no text.

A text is normalised to plain words. Then, by `patterns.json`: variant spellings are replaced by standard ones, safe
phrases (negated, in the distant past, quoted, figurative) are blanked, and the rest is searched for risks. Patterns in
that file are grouped by the words they begin with, so that a text is only matched against patterns that can match.
`<name>` inserts a group of words, risks are ordered from the gravest on, and every pattern ends at the end of a word.
"""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from shared.safety.normalise import normalise

LONGEST_CACHED = 64  # characters
MOST_ON_THE_LOOP = 8000  # characters; they take less than ten milliseconds

_BLANK = " ~"


class Verdict(NamedTuple):
    """The kind of danger in a text, as a code. It may be counted and logged, unlike the text."""

    code: str


def assess(text: str | None) -> Verdict | None:
    """The gravest danger in a text, or None."""
    if not text:
        return None
    rules = rulebook()
    words = rules.variant.sub(lambda match: rules.standard[match[0]], normalise(text))
    words = "".join(_blank_safe_phrases(rules.safe, words))
    codes = {match.lastgroup for _, match in _matches(rules.risk, words)}
    return next((Verdict(code) for code in rules.codes if code in codes), None)


VERSION = "2026-11-26"


def find_codes(text: str | None) -> tuple[str, ...]:
    found = assess(text)
    return (found.code,) if found else ()


def find_codes_in(texts: Iterable[str]) -> tuple[str, ...]:
    """All codes found in any of the texts, the gravest first."""
    found = {
        code for text in texts for code in (_find_in_label(text) if len(text) <= LONGEST_LABEL else find_codes(text))
    }
    return tuple(code for code in rulebook().codes if code in found)


LONGEST_LABEL = 64


@lru_cache(maxsize=4096)
def _find_in_label(text: str) -> tuple[str, ...]:
    return find_codes(text)


class Rulebook(NamedTuple):
    standard: Mapping[str, str]  # spellings by their variants
    variant: re.Pattern[str]  # any of the variants
    safe: Mapping[str, str]  # patterns by their opening word
    risk: Mapping[str, str]
    codes: tuple[str, ...]  # from the gravest on


async def assess_texts(texts: Sequence[str]) -> list[Verdict | None]:
    """The gravest danger in each text. Much text is assessed in a thread, so that the event loop goes on."""
    if sum(map(len, texts)) <= MOST_ON_THE_LOOP:
        return [assess(text) for text in texts]
    return await asyncio.to_thread(lambda: [assess(text) for text in texts])


def assess_entry(note: str | None, factors: Sequence[str]) -> Verdict | None:
    """The gravest danger in the free text of an entry: its note, or else its factors."""
    labels = "\n".join(factors)
    return assess(note) or (_assess_labels(labels) if len(labels) <= LONGEST_CACHED else assess(labels))


@lru_cache(maxsize=4096)
def _assess_labels(labels: str) -> Verdict | None:
    """Cached, because people use the same factors again, unlike notes. The cache never exceeds about 2 MiB."""
    return assess(labels)


def _matches(patterns: Mapping[str, str], text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """For each match: the start of its opening word, and the match of what follows that word."""
    words = text.split(" ")
    for word, end in zip(words, accumulate(map(len, words), lambda end, size: end + 1 + size), strict=True):
        if word in patterns and (match := _compiled(patterns[word]).match(text, end)):
            yield end - len(word) - 1, match


def _blank_safe_phrases(patterns: Mapping[str, str], text: str) -> Iterator[str]:
    """The parts of the text, with a blank instead of each safe phrase."""
    done = 0
    for start, match in _matches(patterns, text):
        if start >= done:
            yield text[done:start] + _BLANK
            done = match.end()
    yield text[done:]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled on first use, because most texts need few patterns."""
    return re.compile(pattern)


@cache
def rulebook() -> Rulebook:
    """Read on first use, so that importing stays fast."""
    book = json.loads(Path(__file__).with_name("patterns.json").read_text("utf-8"))
    standard = {
        f" {variant}": f" {spelling}".rstrip()
        for spelling, variants in book["spellings"].items()
        for variant in variants
    }
    return Rulebook(
        standard,
        re.compile(f"(?:{'|'.join(standard)})(?= )"),
        _by_opening({"safe": book["safe"]}, book["groups"]),
        _by_opening(book["risks"], book["groups"]),
        tuple(book["risks"]),
    )


def _by_opening(phrases_by_code: Mapping[str, Mapping[str, list[str]]], groups: Mapping[str, str]) -> dict[str, str]:
    """One pattern for each opening word. The named group that matches is the code."""
    rests: dict[str, dict[str, list[str]]] = {}
    for code, phrases in phrases_by_code.items():
        for openings, patterns in phrases.items():
            expanded = [_expand(pattern, groups) for pattern in patterns]
            for word in re.findall(r"[^ |()?:]+", _expand(openings, groups)):
                rests.setdefault(word, {}).setdefault(code, []).extend(expanded)
    return {word: f"(?:{'|'.join(map(_named, codes.items()))})(?= )" for word, codes in rests.items()}


def _named(patterns_of_code: tuple[str, list[str]]) -> str:
    code, patterns = patterns_of_code
    return f"(?P<{code}>{'|'.join(patterns)})"


def _expand(pattern: str, groups: Mapping[str, str]) -> str:
    """The pattern with the words of the groups that it names."""
    while (expanded := re.sub(r"<(\w+)>", lambda name: groups[name[1]], pattern)) != pattern:
        pattern = expanded
    return pattern
