"""Finds danger by signs: words and phrases that mean the same in every language, and rules about which of them meet.

`signs/FAMILY.tsv` has the phrases of each sign, such as `weapon` or `at_hand`, for several languages; it is made from
`infra/safety/signs/LANGUAGE.json`. `signs/rules.json` says which signs make which code when they stand in one sentence,
or (`~`) in two neighbouring ones. Only signs of one language meet.
A sentence with a `safe` sign (denied, past, figurative) has no danger, unless a `turn` ("but") follows. Nor has one
with a `story` sign: it tells of somebody else.
Words stand between single spaces; Chinese, Japanese and Korean sentences have no spaces.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import combinations, count, pairwise, product
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from shared.safety import phrases

Family: TypeAlias = Literal["latin", "words", "letters"]

_FOLDER = Path(__file__).with_name("signs")
LANGUAGES: Mapping[Family, tuple[str, ...]] = {
    "latin": ("de", "en", "es", "fr", "hi_latin", "it", "nl", "pl", "pt", "tr"),
    "words": ("ar", "hi", "ru"),
    "letters": ("ja", "ko", "zh"),
}
_OWN_RULES = ("en",)  # languages whose `patterns.json` tells by itself what is safe
FIELD = 96  # bits for the signs of one language
_ALL_SIGNS = (1 << FIELD) - 1
LETTERS: Mapping[Family, int] = {"latin": 4, "words": 3}  # of a word by which phrases are filed


class SignTable(NamedTuple):
    """Words and phrases of all languages of a family."""

    words: Mapping[str, str]  # numbers of signs by whole words
    rows: Mapping[str, str]  # by the letters that phrases begin with
    seconds: Callable[[str], Mapping[str, str]]  # of a row: numbers of signs and phrases, by the letters after these
    patterns: Callable[[str, str], Sequence[tuple[int, re.Pattern[str]]]]  # of the same: bits of signs, and patterns


class SignRule(NamedTuple):
    code: str
    signs: int  # bits
    neighbours: bool  # the signs may stand in two neighbouring sentences


class SignRules(NamedTuple):
    bits: Mapping[str, int]  # of signs
    rules: tuple[SignRule, ...]


class SignFindings(NamedTuple):
    codes: frozenset[str]
    names: frozenset[str]  # of the signs, and of those that meet, in the language that has the most
    open: Sequence[bool]  # for each sentence, whether patterns shall search it: no safe sign of its language covers it


def find(sentences: Sequence[str], family: Family) -> SignFindings:
    """What the signs of a family of languages say about a text in its standard spelling."""
    mask_of = _mask_of_letters if family == "letters" else _mask_of_words
    masks = [mask_of(sentence, family) for sentence in sentences]
    story = rules().bits["story"]
    safe = story | rules().bits["safe"]
    codes: set[str] = set()
    most, is_open = [0] * len(sentences), [True] * len(sentences)
    main: list[int] = []
    for language, field in zip(LANGUAGES[family], count(0, FIELD), strict=False):
        signs = [mask >> field & _ALL_SIGNS for mask in masks]
        if any(signs):
            codes |= _codes_of([0 if mask & safe else mask for mask in signs])
            main = max(main, signs, key=_count)
            left_out = story if language in _OWN_RULES else safe
            for place, mask in enumerate(signs):
                if mask.bit_count() > most[place]:
                    most[place], is_open[place] = mask.bit_count(), not mask & left_out
    return SignFindings(frozenset(codes), _names_of(main), is_open)


def _count(masks: Sequence[int]) -> int:
    return sum(mask.bit_count() for mask in masks)


def _names_of(masks: Sequence[int]) -> frozenset[str]:
    """`+a` for each sign, `a+b` for two in a sentence, `a~b` for two in neighbouring sentences."""
    alone = (_names_in(mask) for mask in masks if mask)
    pairs = (_names_between(*pair) for pair in pairwise(masks) if all(pair))
    return frozenset().union(*alone, *pairs)


@lru_cache(maxsize=4096)
def _names_in(mask: int) -> frozenset[str]:
    names = _names(mask)
    return frozenset([*(f"+{name}" for name in names), *map("+".join, combinations(names, 2))])


@lru_cache(maxsize=4096)
def _names_between(mask: int, following: int) -> frozenset[str]:
    pairs = product(_names(mask), _names(following))
    return frozenset("~".join(sorted(pair)) for pair in pairs if pair[0] != pair[1])


def _names(mask: int) -> list[str]:
    return sorted(name for name, bit in rules().bits.items() if mask & bit)


def _codes_of(masks: Sequence[int]) -> set[str]:
    codes = {code for mask in masks if mask for code in _codes(mask, 0)}
    pairs = pairwise(masks)
    return codes.union(*(_codes(mask, following) for mask, following in pairs if mask and following))


@lru_cache(maxsize=4096)
def _codes(mask: int, following: int) -> frozenset[str]:
    """The codes of a sentence, or of two neighbouring ones, by their signs."""
    both = mask | following
    return frozenset(
        rule.code for rule in rules().rules if both & rule.signs == rule.signs and (rule.neighbours or not following)
    )


def _mask_of_words(sentence: str, family: Family) -> int:
    """The bits of the signs in a sentence with spaces."""
    words, rows, seconds, patterns = table(family)
    size = LETTERS[family]
    parts = sentence.split(" ")
    mask, start = 0, 0
    for word, following in zip(parts, [*parts[1:], ""], strict=True):
        if word in words:
            mask |= _bits(words[word])
        key = word[:size]
        if key in rows:
            for second in ("", following[:2]):
                if second in seconds(key):
                    mask = _with(patterns(key, second), sentence, start, mask)
        start += len(word) + 1
    return mask


def _mask_of_letters(sentence: str, family: Family) -> int:
    """The bits of the signs in a sentence without spaces."""
    _, rows, seconds, patterns = table(family)
    mask = 0
    for start, letter in enumerate(sentence):
        if letter in rows:
            for second in ("", sentence[start + 1 : start + 2]):
                if second in seconds(letter):
                    mask = _with(patterns(letter, second), sentence, start, mask)
    return mask


def _with(patterns: Sequence[tuple[int, re.Pattern[str]]], sentence: str, start: int, mask: int) -> int:
    """The mask with the signs that begin here. A turn takes back the safe signs before it."""
    for bit, pattern in patterns:
        if not mask & bit and pattern.match(sentence, start):
            mask = mask & ~(bit << 1) if bit & turns() else mask | bit
    return mask


@cache
def turns() -> int:
    """The bits of the turns of all languages. The bit of `safe` is the next higher one."""
    return sum(rules().bits["turn"] << field for field in range(0, FIELD * 10, FIELD))


@cache
def rules() -> SignRules:
    """Read on first use, so that importing stays fast."""
    content: dict[str, list[str]] = json.loads((_FOLDER / "rules.json").read_text("utf-8"))
    named = {name for many in content.values() for signs in many for name in signs.strip("~").split()}
    bits = {name: 1 << place for place, name in enumerate(("turn", "safe", "story", *sorted(named)))}
    return SignRules(
        bits,
        tuple(
            SignRule(code, sum(bits[name] for name in signs.strip("~").split()), signs.startswith("~"))
            for code, many in content.items()
            for signs in many
        ),
    )


def table_file(family: Family) -> Path:
    return _FOLDER / f"{family}.tsv"


@cache
def table(family: Family) -> SignTable:
    """Read when the first text needs it. Rows are read further on first use, because most texts need few."""
    words, _, rows = f"\n{table_file(family).read_text('utf-8')}".partition("\n\n")
    by_opening = _rows(rows)
    seconds = cache(lambda first: dict(part.split("\t", 1) for part in by_opening[first].split("\v")))
    return SignTable(
        _rows(words[1:]),
        by_opening,
        seconds,
        cache(lambda first, second: _patterns(seconds(first)[second], spaced=family != "letters")),
    )


def _rows(text: str) -> dict[str, str]:
    return dict(row.split("\t", 1) for row in text.split("\n") if row)


@cache
def _bits(numbers: str) -> int:
    return sum(1 << int(number) for number in numbers.split("\t"))


def _patterns(row: str, *, spaced: bool) -> list[tuple[int, re.Pattern[str]]]:
    """The bit of each sign in a row, and a pattern of its phrases."""
    listed: dict[int, list[str]] = {}
    for numbered in row.split("\t"):
        number, _, phrase = numbered.partition(" ")
        listed.setdefault(1 << int(number), []).append(phrases.pattern(phrase, spaced=spaced))
    return [(bit, re.compile("|".join(patterns))) for bit, patterns in listed.items()]
