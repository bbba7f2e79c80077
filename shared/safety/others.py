"""Takes out of a text what it tells of the danger of somebody else: "my friend Emma wants to die".

By `others` in `patterns.json`. What is left is the writer's own, and all else judges that alone.
"""

import re
from functools import cache
from typing import NamedTuple

from shared.safety.opening_patterns import OpeningPatterns, matches
from shared.safety.patterns import blank_safe_phrases

NO_DANGER = "no_danger"  # the code of what somebody else does that would be danger if the writer did it
_TAKEN_OUT = " ~"  # stands where something was
# Strings, which are compiled on first use, so that importing stays fast.
_SAME_OF_WRITER = (
    " (?:me (?:too|as well)|so (?:do|am|did) i|i do too|same (?:here|for me|with me)|as do i|i feel the same|like me"
    "|just like i|ich (?:auch|genauso)|mir (?:auch|genauso)|mich auch|wie ich|gehts? mir (?:auch|genauso)) "
)
_NO_WORRY = (  # a story, or long over
    " (?:films?|movies?|series|episode|novel|books?|shows?|lyrics|songs?|game|character|play|opera|podcast|documentary"
    "|anime|manga|fanfic|netflix|[a-z]*film|filmes|serie|folge|roman|buch|krimi|lied|spiel|figur|oper|doku"
    "|in (?:19|20)[0-9][0-9]|(?:years|months|decades|ages|long) ago|back then|used to|damals|fruher"
    "|vor (?:[a-z0-9]+ )?(?:jahren|monaten|jahrzehnten)|als (?:er|sie|ich) (?:[a-z]+ )?(?:jung|kind|klein)) "
)


class ApartFromOthers(NamedTuple):
    """A text in standard spelling, apart from what it tells of others."""

    own: str  # what is left of it
    apart: str  # its sentences that tell nothing of that kind
    codes: frozenset[str]  # of what is told
    is_shared: bool  # the writer says the same of themselves: "she wants to die, and so do I"


def taken_out(patterns: OpeningPatterns, words: str) -> ApartFromOthers:
    """The text without what is told of others, and the codes of that."""
    told = [*matches(patterns, words)]
    if not told:
        return ApartFromOthers(words, words, frozenset(), is_shared=False)
    searched = "".join(blank_safe_phrases(told, words))
    apart = " . ".join(sentence for sentence in searched.split(" . ") if _TAKEN_OUT not in f" {sentence}")
    codes = {match.lastgroup or "" for start, match in told if not _is_story(words, start, match.end())} - {NO_DANGER}
    is_shared = bool(codes and _compiled(_SAME_OF_WRITER).search(searched))
    return ApartFromOthers(searched.replace(_TAKEN_OUT, ""), apart, frozenset(codes), is_shared=is_shared)


def _is_story(words: str, start: int, end: int) -> bool:
    before = words[:start].rpartition(" . ")[2]
    sentence = f" {before}{words[start:end]}{words[end:].partition(' . ')[0]} "
    return bool(_compiled(_NO_WORRY).search(sentence))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
