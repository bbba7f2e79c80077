"""What the pattern files have in common: groups, alternatives by code, first letters, and safe phrases."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise

_BLANK = " ~"


def expand(pattern: str, groups: Mapping[str, str]) -> str:
    """The pattern with the words of the groups that it names."""
    while (expanded := re.sub(r"<(\w+)>", lambda name: groups[name[1]], pattern)) != pattern:
        pattern = expanded
    return pattern


def by_code(patterns: Mapping[str, Sequence[str]]) -> str:
    """One pattern of all. The named group that matches is the code, and the first code that matches is taken."""
    named = (f"(?P<{code}>{'|'.join(alternatives)})" for code, alternatives in patterns.items())
    return f"(?:{'|'.join(named)})"


def blank_safe_phrases(matches: Iterable[tuple[int, re.Match[str]]], text: str) -> Iterator[str]:
    """The parts of the text, with a blank instead of each safe phrase. A match comes with the start of its phrase."""
    done = 0
    for start, match in matches:
        if start >= done:
            yield text[done:start] + _BLANK
            done = match.end()
    yield text[done:]


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Compiled on first use, because most texts need few patterns."""
    return re.compile(pattern)


@cache
def letters_after(pattern: str, spaces: int = 1) -> frozenset[str] | None:
    """The letters that may follow the space that the pattern begins with, or None if that cannot be told."""
    if pattern.startswith(("(?!", "(?=", "(?<")):
        return letters_after(pattern[end_of_group(pattern) :], spaces)
    if pattern.startswith("(?:"):
        end = end_of_group(pattern)
        options, rest = options_of(pattern[:end]), pattern[end:]
        if quantifier := re.match(r"(?:[?*+]|\{[0-9,]+\})[+?]?", rest):
            rest = rest[quantifier.end() :]
            options += [""] if quantifier[0][0] in "?*" or quantifier[0].startswith("{0") else []
        letters = [letters_after(option + rest, spaces) for option in options]
        return None if None in letters else frozenset().union(*filter(None, letters))
    if not re.match(r"[a-z0-9 ](?![?*{])", pattern):
        return None
    return letters_after(pattern[1:], spaces - 1) if spaces else frozenset(pattern[0])


def end_of_group(pattern: str) -> int:
    """Where the group, or the class of letters, ends that the pattern begins with."""
    return next(place + 1 for place, depth in _depths(pattern) if not depth)


def options_of(body: str) -> list[str]:
    """What a group, or a class of letters, can be."""
    if body[0] == "[":
        return list(re.sub("(.)-(.)", _letters_between, body[1:-1]))
    bars = [place for place, depth in _depths(body) if depth == 1 and body[place] == "|"]
    return [body[start + 1 : end] for start, end in pairwise([len("(?:") - 1, *bars, len(body) - 1])]


def _letters_between(ends: re.Match[str]) -> str:
    return "".join(map(chr, range(ord(ends[1]), ord(ends[2]) + 1)))


def _depths(pattern: str) -> Iterator[tuple[int, int]]:
    """For each place of a pattern: how many groups and classes of letters are open after it."""
    depth, in_class = 0, False
    for place, sign in enumerate(pattern):
        if sign in "[]":
            in_class = sign == "["
            depth += 1 if in_class else -1
        elif not in_class:
            depth += (sign == "(") - (sign == ")")
        yield place, depth
