"""Writes the encoder of the output gate: each weight of a matrix as a byte, in steps of one size for a column."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shared.safety.replies.encoder import FILE, LAYERS, MOST_PIECES, Bounds, Numbers
from shared.safety.replies.word_pieces import WordPieces

STEPS = 127
ATTENTION = ("attention.self.query", "attention.self.key", "attention.self.value")

Arrays: TypeAlias = Mapping[str, NDArray[Any]]


def arrays_of(base: Mapping[str, Numbers], head: Mapping[str, Numbers]) -> dict[str, NDArray[Any]]:
    """The weights under the names by which the encoder reads them, given those of BERT and of the categories."""
    arrays = dict(_in_steps("words", base["embeddings.word_embeddings.weight"], 1))
    places = base["embeddings.position_embeddings.weight"][: MOST_PIECES + 2]
    arrays["places"] = places + base["embeddings.token_type_embeddings.weight"][0]
    arrays |= _normal("embeddings", base, "embeddings.LayerNorm")
    for layer in range(LAYERS):
        own = {name.removeprefix(f"encoder.layer.{layer}."): array for name, array in base.items()}
        arrays |= _linear(f"{layer}.looks", own, ATTENTION)
        arrays |= _linear(f"{layer}.sees", own, ["attention.output.dense"])
        arrays |= _normal(f"{layer}.attention", own, "attention.output.LayerNorm")
        arrays |= _linear(f"{layer}.wide", own, ["intermediate.dense"])
        arrays |= _linear(f"{layer}.narrow", own, ["output.dense"])
        arrays |= _normal(f"{layer}.thought", own, "output.LayerNorm")
    return arrays | {"categories": head["weight"].T.copy(), "categories.bias": head["bias"]}


def _linear(name: str, base: Mapping[str, Numbers], parts: Sequence[str]) -> Arrays:
    matrix = np.concatenate([base[f"{part}.weight"] for part in parts]).T
    bias = np.concatenate([base[f"{part}.bias"] for part in parts])
    return dict(_in_steps(name, matrix, 0)) | {f"{name}.bias": bias}


def _normal(name: str, base: Mapping[str, Numbers], part: str) -> Arrays:
    return {f"{name}.factor": base[f"{part}.weight"], f"{name}.shift": base[f"{part}.bias"]}


def _in_steps(name: str, matrix: Numbers, axis: int) -> Iterator[tuple[str, NDArray[Any]]]:
    steps = np.maximum(np.abs(matrix).max(axis, keepdims=True) / STEPS, 1e-12).astype(np.float32)
    yield name, np.round(matrix / steps).astype(np.int8)
    yield f"{name}.steps", steps


def write_encoder(arrays: Arrays, pieces: WordPieces, harmful: int, bounds: Mapping[str, Bounds]) -> None:
    version = sha256(arrays["categories"].tobytes()).hexdigest()[:8]
    header = json.dumps({"version": version, "harmful": harmful, "bounds": bounds})
    texts = {"header": header, "pieces": "\n".join(pieces.numbers)}
    of_bytes = {name: np.frombuffer(text.encode(), np.uint8) for name, text in texts.items()}
    likelihoods = np.array([pieces.likelihoods.get(piece, 0.0) for piece in pieces.numbers], np.float32)
    np.savez(FILE, allow_pickle=False, **arrays, **of_bytes, likelihoods=likelihoods)
