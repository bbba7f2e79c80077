"""Patterns by the words they begin with, so that a text is only matched against patterns that can match."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from shared.safety.patterns import by_code, expand, letters_after


class OpeningPatterns:
    """Patterns by their opening word. They are compiled on first use, by the letter that follows that word."""

    def __init__(self, rests: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self.rests = rests  # patterns of what follows, by opening word and code
        self.compiled = cache(self._compiled)

    def _compiled(self, word: str, letter: str) -> re.Pattern[str] | None:
        """One pattern of those that can match. The named group that matches is the code."""
        fitting = {
            code: [pattern for pattern in patterns if _may_follow(letter, letters_after(pattern))]
            for code, patterns in self.rests[word].items()
        }
        fitting = {code: patterns for code, patterns in fitting.items() if patterns}
        return re.compile(f"{by_code(fitting)}(?= )") if fitting else None


def _may_follow(letter: str, letters: frozenset[str] | None) -> bool:
    return letters is None or letter in letters


def matches(patterns: OpeningPatterns, text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """For each match: the start of its opening word, and the match of what follows that word."""
    rests, compiled = patterns.rests, patterns.compiled
    words = text.split(" ")
    end = -1
    for word, following in zip(words, [*words[1:], ""], strict=True):
        end += len(word) + 1
        if word in rests and (pattern := compiled(word, following[:1])) and (match := pattern.match(text, end)):
            yield end - len(word) - 1, match


def any_of(variants: Iterable[str]) -> re.Pattern[str]:
    """A pattern of all variants. They are tried by the first letter of their first word, because there are many."""
    rests: dict[str, list[str]] = {}
    for variant in variants:
        rests.setdefault(variant[:2], []).append(variant[2:])
    by_letter = (f"{start.strip()}(?:{'|'.join(its_rests)})" for start, its_rests in rests.items())
    return re.compile(f" (?:{'|'.join(by_letter)})(?= )")


def by_opening(phrases_by_code: Mapping[str, Mapping[str, list[str]]], groups: Mapping[str, str]) -> OpeningPatterns:
    rests: dict[str, dict[str, list[str]]] = {}
    for code, phrases in phrases_by_code.items():
        for openings, patterns in phrases.items():
            expanded = [expand(pattern, groups) for pattern in patterns]
            for word in re.findall(r"[^ |()?:]+", expand(openings, groups)):
                rests.setdefault(word, {}).setdefault(code, []).extend(expanded)
    return OpeningPatterns(rests)
