"""What the pattern files have in common: groups, alternatives by code, and safe phrases that are blanked."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

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
