"""Scores a text for danger by a linear model over hashed n-grams and the names of signs. `gate.judged` decides by it.

`infra.safety.training` writes `scorer.bin`: one line of JSON, and a byte for each cell, compressed. N-grams fall into
cells by a hash that is the same on every machine. A byte has two weights of four bits, for two scores. A score
of a text is the sum of the weights of its n-grams over the root of their number. A code is found if the score reaches
its bound, which depends on the language.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import accumulate, chain
from math import sqrt
from pathlib import Path
from struct import unpack
from typing import NamedTuple
from zlib import crc32, decompress

FILE = Path(__file__).with_name("scorer.bin")
CELLS = 1 << 20
LOWEST, HIGHEST = -8, 7  # weights
DANGER = bytes(byte >> 4 for byte in range(256))  # weights above LOWEST by byte, for any danger against none
ACUTE = bytes(byte & 15 for byte in range(256))  # for immediate and explicit danger against the rest
SCORE_OF = {  # what each bound is for, and which score has to reach it
    "likely": "danger",  # without it, a code by signs does not count
    "acute": "acute",  # without it, neither a code by signs nor an uncertain pattern opens a care period
    "scored_worth_asking": "danger",
    "scored_indirect": "danger",
    "asked_as_acute": "acute",  # with it, scored_indirect is found, too
    "scored_explicit": "acute",
}
NOTE = 300  # characters; a longer text is scored by windows, so that what surrounds a signal does not hide it
WINDOW = 100  # characters
STEP = 50  # from the start of a window to the next
MAX_WINDOWS = 4  # of a long text, those that look the gravest are scored
SIZES = (1, 2, 3, 4, 5)  # letters of an n-gram
_COMPARED = 4  # letters of the n-grams by which windows of a long text are compared
_STRIDE = 2  # letters from one of these n-grams to the next
_DIGIT = 8  # bytes: a letter of 21 bits times a factor of 40 bits, five times, leaves nothing to carry
_FACTORS = (1022979874733, 727586206379, 908834215423, 584390143057, 863115940711)  # odd, and of 40 bits
_MULTIPLIERS = {size: sum(_FACTORS[place] << 64 * place for place in range(size)) for size in SIZES}
_LOWEST_BIT = 20  # of the bits that are the hash: lower ones depend on few bits of the letters
_ASCII = set(map(chr, range(128)))


class RiskScores(NamedTuple):
    danger: float
    acute: float  # the sums of both weights: they tell acute danger from safe texts better than one alone


class Model(NamedTuple):
    """The content of `scorer.bin`."""

    version: str
    lines: str  # the checksum of the lines that it was trained on
    weights: bytes  # by cell
    languages: Mapping[str, str]  # by words and signs that are typical of one
    bounds: Mapping[str, Mapping[str, float]]  # by language and code; "" is any other language

    def reached_bounds(self, words: str, signs: Iterable[str] = ()) -> set[str]:
        """The names of the bounds that a text reaches, given its words and the names of its signs."""
        bounds = self.bounds[self.language_of(words)]
        scores = self.scores(words, signs)
        return {name for name, bound in bounds.items() if getattr(scores, SCORE_OF[name]) >= bound}

    def scores(self, words: str, signs: Iterable[str] = ()) -> RiskScores:
        """The scores of a note with its signs, or the highest scores of any window of a longer text."""
        if len(words) <= NOTE:
            return self._window_scores(words, signs)
        windows = [self._window_scores(words[start : start + WINDOW]) for start in self._starts(words)]
        return RiskScores(max(scores.danger for scores in windows), max(scores.acute for scores in windows))

    def language_of(self, words: str) -> str:
        """The language that most typical words and signs of a text belong to, or "" if it has none."""
        votes = Counter(map(self.languages.__getitem__, self.languages.keys() & units_of(words)))
        return max(votes, key=lambda language: (votes[language], language), default="")

    def _window_scores(self, words: str, signs: Iterable[str] = ()) -> RiskScores:
        weights = bytes(map(self.weights.__getitem__, cells_of(words, signs)))
        root, zero = sqrt(len(weights)), LOWEST * len(weights)
        danger = (sum(weights.translate(DANGER)) + zero) / root
        return RiskScores(danger, danger + (sum(weights.translate(ACUTE)) + zero) / root)

    def _starts(self, words: str) -> Iterable[int]:
        """Where the windows start whose n-grams look the gravest."""
        starts = [*range(0, len(words) - WINDOW, STEP), len(words) - WINDOW]
        [cells] = _letter_cells(words, [_COMPARED])
        weights = bytes(map(self.weights.__getitem__, cells[::_STRIDE])).translate(DANGER)
        sums = [*accumulate(weights, initial=0)]
        inside = (WINDOW - _COMPARED) // _STRIDE
        gravest = sorted(starts, key=lambda start: sums[start // _STRIDE] - sums[start // _STRIDE + inside])
        return gravest[:MAX_WINDOWS]


@cache
def model() -> Model:
    """Read on first use. A file that is broken raises, and the person is offered support."""
    header, _, weights = decompress(FILE.read_bytes()).partition(b"\n")
    if len(weights) != CELLS:
        raise ValueError("scorer.bin is incomplete")
    content = json.loads(header)
    return Model(content["version"], content["lines"], weights, content["languages"], content["bounds"])


def cells_of(text: str, names: Iterable[str] = ()) -> set[int]:
    """The cells of the names of signs, and of all n-grams of a text: one to five letters, and one to three words."""
    parts = text.split()
    cells = set(chain(*_letter_cells(f" {' '.join(parts)} ", SIZES)))
    words = [part.encode("utf-8", "surrogatepass") for part in parts]
    ones = [*map(crc32, words)]
    twos = [*map(crc32, words[1:], ones)]  # a checksum goes on from that of the word before
    threes = map(crc32, words[2:], twos)
    cells.update(code % CELLS for code in chain(ones, twos, threes, map(crc32, map(str.encode, names))))
    return cells


def _letter_cells(text: str, sizes: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """For each size, the cells of the n-grams of so many letters.

    The letters are the digits of one long number, 64 bits each. Its product with a number of as many digits as an
    n-gram has letters has the hash of each n-gram in a digit. A loop over the n-grams takes several times as long.
    """
    length = len(text)
    number = int.from_bytes("\0".join(text).encode("utf-32-le", "surrogatepass"), "little")
    mask = int.from_bytes((CELLS - 1).to_bytes(_DIGIT, "little") * length, "little")
    for size in sizes:
        hashes = (number * _MULTIPLIERS[size] >> _LOWEST_BIT) & mask
        yield unpack(f"<{length}Q", hashes.to_bytes(length * _DIGIT, "little"))[size - 1 :]


def units_of(words: str) -> set[str]:
    """The words of a text, and its letters that are not ASCII."""
    units = set(words.split())
    return units if words.isascii() else units | (set(words) - _ASCII)
