"""Finds danger by signs: words and phrases that mean the same in every language, and rules about which of them meet.

`signs/LANGUAGE.json` lists the phrases of each sign, such as `weapon` or `at_hand`. `signs/rules.json` says which signs
make which code when they stand in one sentence, or (`~`) in two neighbouring ones. Only signs of one language meet.
A sentence with a `safe` sign (denied, past, figurative) has no danger, unless a `turn` ("but") follows. Nor has one
with a `story` sign: it tells of somebody else.
Words stand between single spaces; Chinese, Japanese and Korean sentences have no spaces.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
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
_KEY: Mapping[Family, int] = {"latin": 4, "words": 3, "letters": 2}  # letters by which phrases are filed


Filed: TypeAlias = dict[int, list[str]]  # phrases that begin alike, by the bits of their sign


class FiledPatterns(NamedTuple):
    any_phrase: re.Pattern[str]
    phrases: tuple[tuple[int, re.Pattern[str]], ...]  # bits of a sign, and a pattern of its phrases


class SignIndex:
    """Words and phrases of all languages of a family. Patterns are made on first use, because most texts need few."""

    def __init__(self, words: Mapping[str, int], phrases: Mapping[str, Filed], family: Family) -> None:
        self.words = words  # bits of signs by whole words
        self.phrases = phrases  # by what they begin with
        self.key = _KEY[family]  # letters
        self.patterns = cache(self._patterns)

    def _patterns(self, key: str) -> FiledPatterns:
        spaced = self.key != _KEY["letters"]
        joined = [
            (bits, "|".join(dict.fromkeys(phrases.pattern(phrase, spaced=spaced) for phrase in listed)))
            for bits, listed in self.phrases[key].items()
        ]
        return FiledPatterns(
            re.compile("|".join(pattern for _, pattern in joined)),
            tuple((bits, re.compile(pattern)) for bits, pattern in joined),
        )


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


def find(sentences: Sequence[str], family: Family, standard: Callable[[str], str] = str) -> SignFindings:
    """What the signs of a family of languages say about a text. `standard` gives the spelling of the sentences."""
    mask_of = _mask_of_letters if family == "letters" else _mask_of_words
    masks = [mask_of(sentence, index(family, standard)) for sentence in sentences]
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


def _mask_of_words(sentence: str, words_and_phrases: SignIndex) -> int:
    """The bits of the signs in a sentence with spaces."""
    words, filed, size = words_and_phrases.words, words_and_phrases.phrases, words_and_phrases.key
    mask, start = 0, 0
    parts = sentence.split(" ")
    for word, following in zip(parts, [*parts[1:], ""], strict=True):
        mask |= words.get(word, 0)
        key = word[:size]
        for opening in (key, f"{key} {following[:2]}"):
            if opening in filed:
                mask = _with(words_and_phrases.patterns(opening), sentence, start, mask)
        start += len(word) + 1
    return mask


def _mask_of_letters(sentence: str, words_and_phrases: SignIndex) -> int:
    """The bits of the signs in a sentence without spaces."""
    filed = words_and_phrases.phrases
    mask = 0
    for start, letter in enumerate(sentence):
        for opening in (letter, sentence[start : start + 2]):
            if opening in filed:
                mask = _with(words_and_phrases.patterns(opening), sentence, start, mask)
    return mask


def _with(filed: FiledPatterns, sentence: str, start: int, mask: int) -> int:
    """The mask with the signs that begin here. A turn takes back the safe signs before it."""
    if filed.any_phrase.match(sentence, start):
        for bits, pattern in filed.phrases:
            if mask & bits != bits and pattern.match(sentence, start):
                mask = mask & ~(bits << 1) if bits & turns() else mask | bits
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


@cache
def index(family: Family, standard: Callable[[str], str]) -> SignIndex:
    """The words and phrases of all languages of a family."""
    words: dict[str, int] = {}
    filed: dict[str, Filed] = {}
    for bits, phrase in _listed(family, standard):
        key = phrases.key(phrase, _KEY[family]) if family != "letters" else phrases.first_letters(phrase)
        if key is None:
            words[phrase] = words.get(phrase, 0) | bits
        else:
            filed.setdefault(key, {}).setdefault(bits, []).append(phrase)
    return SignIndex(words, filed, family)


def _listed(family: Family, standard: Callable[[str], str]) -> Iterator[tuple[int, str]]:
    unfold = phrases.unfold if family == "letters" else phrases.unfold_two
    for place, language in enumerate(LANGUAGES[family]):
        signs: dict[str, list[str]] = json.loads((_FOLDER / f"{language}.json").read_text("utf-8"))
        for sign, listed in signs.items():
            for phrase in listed:
                for unfolded in unfold(standard(phrase)):
                    yield rules().bits[sign] << FIELD * place, unfolded
