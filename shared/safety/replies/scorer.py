"""Scores what a language model writes by a linear model over hashed n-grams: the higher, the likelier it must not be said.

`infra.safety.reply_training` writes `scorer.bin`: one line of JSON, and a weight in a byte for each cell, compressed.
"""

import json
from collections.abc import Iterable
from functools import cache
from math import sqrt
from pathlib import Path
from typing import NamedTuple

from shared.safety.scorer import CELLS, cells_of

FILE = Path(__file__).with_name("scorer.bin")
FEWEST = 5  # words that are scored
ZERO = 128  # the byte of a cell without weight


class ReplyScorer(NamedTuple):
    """The content of `scorer.bin`."""

    version: str
    likely: float  # the score without which a phrase does not count
    certain: float  # the score that needs no phrase
    weights: bytes  # by cell

    def score(self, before: Iterable[str], words: str) -> float | None:
        """The score of a sentence, by itself or with those before it, in the spelling of `rulebook.words_of`.

        None for what is too short to score.
        """
        texts = [text for text in (words, "".join([*before, words])) if text.count(" ") >= FEWEST]
        return max(map(self._score, texts), default=None)

    def _score(self, words: str) -> float:
        weights = bytes(map(self.weights.__getitem__, cells_of(words)))
        return (sum(weights) - ZERO * len(weights)) / sqrt(len(weights))


@cache
def reply_scorer() -> ReplyScorer:
    """Read on first use. A file that is broken raises, and the reply ends."""
    from lzma import decompress

    header, _, weights = decompress(FILE.read_bytes()).partition(b"\n")
    if len(weights) != CELLS:
        raise ValueError("scorer.bin is incomplete")
    return ReplyScorer(**json.loads(header), weights=weights)
