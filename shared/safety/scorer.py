"""Scores a text for danger by a linear model over hashed n-grams and the names of signs. `gate.judged` decides by it.

`infra.safety.training` writes `scorer.bin`: one line of JSON, and a byte for each cell, compressed. N-grams fall into
cells by their CRC-32, which is the same on every machine. A byte has two weights of four bits, for two scores. A score
of a text is the sum of the weights of its n-grams over the root of their number. A code is found if the score reaches
its bound, which depends on the language.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import accumulate, chain
from math import sqrt
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

FILE = Path(__file__).with_name("scorer.bin")
CELLS = 1 << 20
LOWEST, HIGHEST = -8, 7  # weights
DANGER = [(byte >> 4) + LOWEST for byte in range(256)]  # weights by byte, for any danger against none
ACUTE = [(byte & 15) + LOWEST for byte in range(256)]  # for immediate and explicit danger against the rest
SCORE_OF = {  # what each bound is for, and which score has to reach it
    "likely": "danger",  # without it, a code by signs does not count
    "acute": "acute",  # without it, neither a code by signs nor an uncertain pattern opens a care period
    "scored_worth_asking": "danger",
    "scored_indirect": "danger",
    "scored_explicit": "acute",
}
NOTE = 300  # characters; a longer text is scored by windows, so that what surrounds a signal does not hide it
WINDOW = 100  # characters
STEP = 50  # from the start of a window to the next
MAX_WINDOWS = 4  # of a long text, those that look the gravest are scored
_SIGN = 2  # bytes
_SIZES = [count * _SIGN for count in (1, 2, 3, 4, 5)]  # of the n-grams of signs
_N_GRAM = 4 * _SIGN  # by which windows of a long text are compared
_STRIDE = 2  # signs from one of these n-grams to the next


class RiskScores(NamedTuple):
    danger: float
    acute: float


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
        votes = Counter(self.languages[unit] for unit in units_of(words) if unit in self.languages)
        return votes.most_common(1)[0][0] if votes else ""

    def _window_scores(self, words: str, signs: Iterable[str] = ()) -> RiskScores:
        weights = [self.weights[cell] for cell in cells_of(words, signs)]
        root = sqrt(len(weights))
        return RiskScores(sum(map(DANGER.__getitem__, weights)) / root, sum(map(ACUTE.__getitem__, weights)) / root)

    def _starts(self, words: str) -> Iterable[int]:
        """Where the windows start whose n-grams look the gravest."""
        starts = range(0, len(words) - STEP, STEP)
        if len(starts) <= MAX_WINDOWS:
            return starts
        signs, stride = _signs(words), _STRIDE * _SIGN
        n_grams = (signs[place : place + _N_GRAM] for place in range(0, len(signs), stride))
        sums = [*accumulate((DANGER[self.weights[crc32(n_gram) % CELLS]] for n_gram in n_grams), initial=0)]
        ends = (min(start + WINDOW, len(words)) for start in starts)
        weighed = sorted(
            (sums[start // _STRIDE] - sums[end // _STRIDE], start) for start, end in zip(starts, ends, strict=True)
        )
        return [start for _, start in weighed[:MAX_WINDOWS]]


@cache
def model() -> Model:
    """Read on first use. A file that is broken raises, and the person is offered support."""
    from lzma import decompress

    header, _, weights = decompress(FILE.read_bytes()).partition(b"\n")
    if len(weights) != CELLS:
        raise ValueError("scorer.bin is incomplete")
    content = json.loads(header)
    return Model(content["version"], content["lines"], weights, content["languages"], content["bounds"])


def cells_of(text: str, names: Iterable[str] = ()) -> set[int]:
    """The cells of the names of signs, and of all n-grams of a text: one to five letters, and one to three words."""
    words = text.split()
    signs = _signs(f" {' '.join(words)} ")
    places = range(0, len(signs), _SIGN)
    cells = {crc32(signs[place : place + size]) % CELLS for size in _SIZES for place in places}
    phrases = [" ".join(words[place : place + count]) for count in (1, 2, 3) for place in range(len(words))]
    return cells | {crc32(phrase.encode("utf-8", "surrogatepass")) % CELLS for phrase in chain(phrases, names)}


def units_of(words: str) -> set[str]:
    """The words of a text, and its letters that are not ASCII."""
    units = set(words.split())
    return units if words.isascii() else units | {sign for sign in words if not sign.isascii()}


def _signs(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")
