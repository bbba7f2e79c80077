"""Finds danger by signs: words and phrases that mean the same in every language, and rules about which of them meet.

`signs/LANGUAGE.json` lists the phrases of each sign, such as `weapon` or `at_hand`. `signs/rules.json` says which signs
make which code when they stand in one sentence, or in two neighbouring ones. A sentence with a `safe` sign has no
danger, unless a `turn` ("but") follows; a `story` sign covers the neighbouring sentences too.

In a phrase, `word*` is any ending, `*` alone up to three words, `#` a number, `(a|b)` a choice, and `(a|b)?` may be absent. Phrases
are filed by the first letters of their first word, so that a word is only compared with phrases that it can begin.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from shared.safety.patterns import compiled

Family: TypeAlias = Literal["latin", "words", "letters"]

_FOLDER = Path(__file__).with_name("signs")
_FAMILIES: Mapping[Family, tuple[str, ...]] = {
    "latin": ("de", "en", "es", "fr", "hi_latin", "it", "nl", "pl", "pt", "tr"),
    "words": ("ar", "hi", "ru"),
    "letters": ("ja", "ko", "zh"),  # written without spaces, or read without them
}
_KEY = {"latin": 4, "words": 3, "letters": 2}  # letters by which phrases are filed


class Filed(NamedTuple):
    """Phrases that begin with the same letters."""

    any_phrase: str
    phrases: tuple[tuple[int, str], ...]  # the bit of a sign, and a pattern of its phrases


class Filing(NamedTuple):
    by_key: Mapping[str, Filed]
    size: int  # of a key


class Rule(NamedTuple):
    code: str
    signs: int  # bits
    neighbours: bool  # the signs may stand in two neighbouring sentences


class Rules(NamedTuple):
    bits: Mapping[str, int]  # of signs
    rules: tuple[Rule, ...]


class Findings(NamedTuple):
    codes: frozenset[str]
    open: list[bool]  # for each sentence, whether no safe sign covers it


def find(sentences: Sequence[str], family: Family, standard: Callable[[str], str] = str) -> Findings:
    """What the signs of a family of languages say about the sentences of a text."""
    bits = rules().bits
    masks = [_mask(sentence, phrases(family, standard)) for sentence in sentences]
    if not any(masks):
        return Findings(frozenset(), [True] * len(sentences))
    stories = [mask & bits["story"] for mask in (0, *masks, 0)]
    covered = [
        bool(mask & bits["safe"]) or any(stories[place : place + 3]) for place, mask in enumerate(masks)
    ]
    open_masks = [0 if safe else mask for mask, safe in zip(masks, covered, strict=True)]
    codes = {code for mask in open_masks if mask for code in _codes(mask, 0)}
    codes.update(code for mask, following in pairwise(open_masks) if mask and following for code in _codes(mask, following))
    return Findings(frozenset(codes), [not safe for safe in covered])


@lru_cache(maxsize=4096)
def _codes(mask: int, following: int) -> frozenset[str]:
    """The codes of a sentence, or of two neighbouring ones, by their signs."""
    both = mask | following
    return frozenset(
        rule.code for rule in rules().rules if both & rule.signs == rule.signs and (rule.neighbours or not following)
    )


def _mask(sentence: str, filed_phrases: Filing) -> int:
    """The bits of the signs in a sentence. A turn takes back the safe signs before it."""
    mask = 0
    safe, turn = rules().bits["safe"], rules().bits["turn"]
    for start, filed in _beginnings(sentence, filed_phrases):
        if compiled(filed.any_phrase).match(sentence, start):
            for bit, pattern in filed.phrases:
                if not mask & bit and compiled(pattern).match(sentence, start):
                    mask |= bit
            if mask & turn:
                mask &= ~(turn | safe)
    return mask


def _beginnings(sentence: str, filing: Filing) -> Iterator[tuple[int, Filed]]:
    index, size = filing.by_key, filing.size
    if size == 2:
        for start in range(len(sentence) - 1):
            if filed := index.get(sentence[start : start + size]):
                yield start, filed
        return
    start = 0
    for word in sentence.split(" "):
        if filed := index.get(word[:size]):
            yield start, filed
        start += len(word) + 1


@cache
def rules() -> Rules:
    """Read on first use, so that importing stays fast."""
    content: dict[str, list[str]] = json.loads((_FOLDER / "rules.json").read_text("utf-8"))
    names = {"safe", "story", "turn"}.union(*(signs.strip("~").split() for many in content.values() for signs in many))
    bits = {name: 1 << place for place, name in enumerate(sorted(names))}
    return Rules(
        bits,
        tuple(
            Rule(code, sum(bits[name] for name in signs.strip("~").split()), signs.startswith("~"))
            for code, many in content.items()
            for signs in many
        ),
    )


@cache
def phrases(family: Family, standard: Callable[[str], str]) -> Filing:
    """The phrases of all languages of a family, by their first letters, in the spelling that `standard` gives."""
    by_key: dict[str, dict[int, list[str]]] = {}
    for language in _FAMILIES[family]:
        signs: dict[str, list[str]] = json.loads((_FOLDER / f"{language}.json").read_text("utf-8"))
        for sign, listed in signs.items():
            for phrase in listed:
                for unfolded in _unfold(standard(phrase)):
                    pattern = _pattern(unfolded, family)
                    key = re.split(r"[ *()]", unfolded)[0][: _KEY[family]]
                    by_key.setdefault(key, {}).setdefault(rules().bits[sign], []).append(pattern)
    return Filing({key: _filed(signs) for key, signs in by_key.items()}, _KEY[family])


def _filed(signs: Mapping[int, Sequence[str]]) -> Filed:
    joined = tuple((bit, f"(?:{'|'.join(patterns)})") for bit, patterns in signs.items())
    return Filed("|".join(pattern for _, pattern in joined), joined)


def _pattern(phrase: str, family: Family) -> str:
    """The regular expression of a phrase, which ends at the end of a word where words have spaces."""
    return _sequence(phrase) if family != "letters" else phrase.replace("(", "(?:").replace("*", ".{0,8}?")


def _sequence(phrase: str) -> str:
    pattern = ""
    for part in _split(phrase, " "):
        if part == "*":
            pattern += "(?: [^ ]+){0,3}?"
        elif part.endswith(")?"):
            pattern += f"(?: {_choice(part[:-1])})?"
        else:
            pattern += f" {_choice(part)}"
    return pattern.removeprefix(" ") + "(?![^ ])"


def _choice(part: str) -> str:
    if part.startswith("("):
        return f"(?:{'|'.join(map(_sequence, _split(part[1:-1], '|')))})"
    return part.replace("*", "[^ ]*").replace("#", "[0-9]+")


def _split(phrase: str, separator: str) -> list[str]:
    """The parts of a phrase between the separators that stand in no brackets."""
    parts, depth = [""], 0
    for sign in phrase:
        depth += (sign == "(") - (sign == ")")
        if sign == separator and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _unfold(phrase: str) -> Iterator[str]:
    """The phrase, once for each choice that it may begin with."""
    if not phrase.startswith("("):
        yield phrase
        return
    end = next(place for place, depth in _depths(phrase) if not depth)
    choices, rest = phrase[1:end], phrase[end + 1 :]
    if rest.startswith("?"):
        rest = rest[1:]
        yield from _unfold(rest.strip())
    for choice in _split(choices, "|"):
        yield from _unfold(choice + rest)


def _depths(phrase: str) -> Iterator[tuple[int, int]]:
    depth = 0
    for place, sign in enumerate(phrase):
        depth += (sign == "(") - (sign == ")")
        yield place, depth
