"""Finds the words of a person in danger, by rule alone: nothing here learns, calls out or keeps text.

A text is brought to plain words, then `patterns.json` takes over: spellings are evened out, what is safely meant
(denied, long past, said by others, a figure of speech) is blanked, and the rest is searched for risk. In that file
patterns stand under the words they open with, so that a text is only held against what it can match; `<name>`
stands for a group of words, risks stand gravest first, and every pattern ends where a word ends.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from shared.safety.normalise import normalise

_BLANK = " ~"


class Verdict(NamedTuple):
    """The kind of danger a text speaks of: a code that may be counted and logged, never the words."""

    code: str


def assess(text: str | None) -> Verdict | None:
    """The gravest danger found in a text, or None."""
    if not text:
        return None
    rules = rulebook()
    said = rules.uneven.sub(lambda found: rules.even[found[0]], normalise(text))
    said = "".join(_around(rules.safe, said))
    found = {match.lastgroup for _, match in _matches(rules.risk, said)}
    return next((Verdict(code) for code in rules.codes if code in found), None)


class Rulebook(NamedTuple):
    even: Mapping[str, str]
    uneven: re.Pattern[str]
    safe: Mapping[str, str]
    risk: Mapping[str, str]
    codes: tuple[str, ...]


def assess_entry(note: str | None, factors: Sequence[str]) -> Verdict | None:
    """What the gate says to all that a person wrote in their own words."""
    return assess(note) or _of_labels("\n".join(factors))


@lru_cache(maxsize=4096)
def _of_labels(factors: str) -> Verdict | None:
    """Unlike notes, labels are the same ones again and again."""
    return assess(factors)


def _matches(patterns: Mapping[str, str], said: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Where an opening word starts and what follows it, for each that is followed as its pattern says."""
    words = said.split(" ")
    for word, end in zip(words, accumulate(map(len, words), lambda end, size: end + 1 + size), strict=True):
        if word in patterns and (match := _compiled(patterns[word]).match(said, end)):
            yield end - len(word) - 1, match


def _around(patterns: Mapping[str, str], said: str) -> Iterator[str]:
    done = 0
    for start, match in _matches(patterns, said):
        if start >= done:
            yield said[done:start] + _BLANK
            done = match.end()
    yield said[done:]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when a text first needs it: most texts need few."""
    return re.compile(pattern)


@cache
def rulebook() -> Rulebook:
    """Read at the first question, so that importing stays cheap."""
    book = json.loads(Path(__file__).with_name("patterns.json").read_text("utf-8"))
    even = {f" {uneven}": f" {even}".rstrip() for even, unevens in book["even"].items() for uneven in unevens}
    return Rulebook(
        even,
        re.compile(f"(?:{'|'.join(even)})(?= )"),
        _by_opening({"safe": book["safe"]}, book["groups"]),
        _by_opening(book["risks"], book["groups"]),
        tuple(book["risks"]),
    )


def _by_opening(filed: Mapping[str, Mapping[str, list[str]]], groups: Mapping[str, str]) -> dict[str, str]:
    """One pattern for each opening word, its named group telling which code it found."""
    rests: dict[str, dict[str, list[str]]] = {}
    for code, phrases in filed.items():
        for openings, patterns in phrases.items():
            spelt = [_spelt(pattern, groups) for pattern in patterns]
            for word in re.findall(r"[^ |()?:]+", _spelt(openings, groups)):
                rests.setdefault(word, {}).setdefault(code, []).extend(spelt)
    return {word: f"(?:{'|'.join(map(_named, codes.items()))})(?= )" for word, codes in rests.items()}


def _named(patterns_of_code: tuple[str, list[str]]) -> str:
    code, patterns = patterns_of_code
    return f"(?P<{code}>{'|'.join(patterns)})"


def _spelt(pattern: str, groups: Mapping[str, str]) -> str:
    while (spelt := re.sub(r"<(\w+)>", lambda name: groups[name[1]], pattern)) != pattern:
        pattern = spelt
    return pattern
