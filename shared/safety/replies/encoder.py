"""Scores what a language model writes, by a small transformer that knows what words mean.

`infra.safety.encoder_training` writes `encoder.npz`: multilingual-e5-small, trained further on labelled replies, with
a byte for each weight. This module imports numpy, so it is imported on first use.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shared.safety.replies.word_pieces import WordPieces, word_pieces

FILE = Path(__file__).with_name("encoder.npz")
LAYERS = 12
HEADS = 12
MOST_PIECES = 126  # that are read at once, beside those that begin and end a text
EPSILON = 1e-12  # of the normalisation

Numbers: TypeAlias = NDArray[np.float32]


class Bounds(NamedTuple):
    """How the scores of a language are added up, and what they have to reach."""

    share: float  # of the score by n-grams
    likely: float  # the sum without which a phrase does not count
    certain: float  # the sum that needs no phrase


class ReplyEncoder(NamedTuple):
    """The content of `encoder.npz`."""

    version: str
    bounds: Mapping[str, Bounds]  # by language
    harmful: int  # of the categories; the good ones follow
    pieces: WordPieces
    weights: Mapping[str, NDArray[Any]]

    def highest(self, n_grams: Mapping[str, float], share: float) -> float:
        """The highest sum of both scores of some texts, given those by n-grams."""
        added = [(part, share * its_n_grams) for text, its_n_grams in n_grams.items() for part in self._parts(text)]
        scores = self._scores([part for part, _ in added])
        return max(score + its_n_grams for score, (_, its_n_grams) in zip(scores, added, strict=True))

    def score(self, text: str) -> float:
        """The higher, the likelier the text is harmful."""
        return self.highest({text: 0.0}, share=0.0)

    def _parts(self, text: str) -> Iterator[list[int]]:
        """The pieces of a text, in parts that are read at once."""
        pieces = list(self.pieces.of(text))
        for start in range(0, max(1, len(pieces)), MOST_PIECES):
            yield self.pieces.framed(pieces[start : start + MOST_PIECES])

    def _scores(self, parts: Sequence[list[int]]) -> list[float]:
        """How much likelier the harmful categories are than the good ones, as the logarithm of a ratio, for each part.

        All are read together, because most of the time goes by while weights are fetched from memory.
        """
        weights, pieces, ends = self.weights, np.concatenate(parts), np.cumsum([len(part) for part in parts])[:-1]
        places = np.concatenate([weights["places"][: len(part)] for part in parts])
        states = self._normal(weights["words"][pieces] * weights["words.steps"][pieces] + places, "embeddings")
        for layer in range(LAYERS):
            states = self._normal(states + self._attention(states, ends, f"{layer}."), f"{layer}.attention")
            states = self._normal(states + self._thought(states, f"{layer}."), f"{layer}.thought")
        means = np.stack([own.mean(0) for own in np.split(states, ends)])
        categories = self._linear(means, "categories")
        return [_log_sum(own[: self.harmful]) - _log_sum(own[self.harmful :]) for own in categories]

    def _attention(self, states: Numbers, ends: NDArray[Any], layer: str) -> Numbers:
        """Each piece looks at all pieces of its part."""
        seen = [_seen(own) for own in np.split(self._linear(states, f"{layer}looks"), ends)]
        return self._linear(np.concatenate(seen), f"{layer}sees")

    def _thought(self, states: Numbers, layer: str) -> Numbers:
        wide = self._linear(states, f"{layer}wide")
        bent = 0.5 * wide * (1 + np.tanh(wide * (0.7978845608 + 0.0356774081 * wide * wide)))  # GELU
        return self._linear(bent, f"{layer}narrow")

    def _linear(self, states: Numbers, name: str) -> Numbers:
        result: Numbers = states @ self.weights[name] + self.weights[f"{name}.bias"]
        return result

    def _normal(self, states: Numbers, name: str) -> Numbers:
        centred = states - states.mean(-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON)
        result: Numbers = centred / deviation * self.weights[f"{name}.factor"] + self.weights[f"{name}.shift"]
        return result


def _seen(looks: Numbers) -> Numbers:
    length, width = len(looks), looks.shape[1] // 3
    asked, offered, values = looks.reshape(length, 3, HEADS, width // HEADS).transpose(1, 2, 0, 3)
    fits = asked @ offered.transpose(0, 2, 1) / np.sqrt(width // HEADS, dtype=np.float32)
    shares = np.exp(fits - fits.max(-1, keepdims=True))
    seen: Numbers = shares @ values / shares.sum(-1, keepdims=True)
    return seen.transpose(1, 0, 2).reshape(length, width)


def _log_sum(values: Numbers) -> float:
    highest = values.max()
    return float(highest + np.log(np.exp(values - highest).sum()))


@cache
def reply_encoder() -> ReplyEncoder:
    """Read on first use. A file that is broken raises, and the reply ends."""
    with FILE.open("rb") as file, np.load(file, allow_pickle=False) as content:
        arrays = dict(content)
    header = json.loads(arrays.pop("header").tobytes())
    names = arrays.pop("pieces").tobytes().decode().split("\n")
    pieces = word_pieces(names, arrays.pop("likelihoods").tolist())
    bounds = {language: Bounds(*values) for language, values in header.pop("bounds").items()}
    return ReplyEncoder(**header, bounds=bounds, pieces=pieces, weights=dict(_widened(arrays)))


def _widened(arrays: Mapping[str, NDArray[Any]]) -> Iterator[tuple[str, NDArray[Any]]]:
    """The matrices with their steps multiplied in. Those of the words stay bytes, since a text has few of them."""
    for name, array in arrays.items():
        if name.endswith(".steps") and name != "words.steps":
            continue
        steps = arrays.get(f"{name}.steps")
        yield name, array if steps is None or name == "words" else array * steps
