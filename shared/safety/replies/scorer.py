"""Scores what a language model writes, by a linear model over hashed n-grams: the higher, the likelier it is harmful.

`infra.safety.reply_training` writes `scorer.bin`: one line of JSON, and a weight in a byte for each cell, compressed.
"""

import json
from collections.abc import Mapping
from functools import cache
from math import sqrt
from pathlib import Path
from typing import NamedTuple
from zlib import decompress

from shared.safety.scorer import CELLS, cells_of

FILE = Path(__file__).with_name("scorer.bin")
FEWEST = 5  # words that are scored
ZERO = 128  # the byte of a cell without weight


class ReplyScorer(NamedTuple):
    """The content of `scorer.bin`."""

    version: str
    likely: float  # the score of a text below which it is harmless
    weights: bytes  # by cell

    def score(self, words: str) -> float:
        """The score of a text in the spelling of `rulebook.words_of`."""
        weights = bytes(map(self.weights.__getitem__, cells_of(words)))
        return (sum(weights) - ZERO * len(weights)) / sqrt(len(weights))

    def suspects(self, words_of: Mapping[str, str]) -> dict[str, float]:
        """The scores of the texts that may be harmful, given the words of each."""
        scores = {text: self.score(words) for text, words in words_of.items() if not is_short(words)}
        return {text: score for text, score in scores.items() if score >= self.likely}


def is_short(words: str) -> bool:
    """Whether a text has too few words to score."""
    return words.count(" ") < FEWEST


@cache
def reply_scorer() -> ReplyScorer:
    """Read on first use. A file that is broken raises, and the reply ends."""
    header, _, weights = decompress(FILE.read_bytes()).partition(b"\n")
    if len(weights) != CELLS:
        raise ValueError("scorer.bin is incomplete")
    return ReplyScorer(**json.loads(header), weights=weights)
