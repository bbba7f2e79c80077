"""Splits a text into the pieces of words that the encoder knows, as BERT does: in small letters, without accents."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from unicodedata import category, normalize

LONGEST = 100  # letters of a word; a longer one is unknown
_PARTS = re.compile(r"[^\W_]+|[^\w\s]|_")


class WordPieces(NamedTuple):
    """The numbers of the pieces. A piece that goes on with a word begins with ##."""

    numbers: Mapping[str, int]

    def of(self, text: str) -> Iterator[int]:
        """The numbers of the pieces of a text, in order."""
        plain = "".join(letter for letter in normalize("NFD", text.lower()) if category(letter) != "Mn")
        for word in _PARTS.findall(plain):
            yield from self._of_word(word)

    def framed(self, pieces: list[int]) -> list[int]:
        """With the pieces that begin and end a text."""
        return [self.numbers["[CLS]"], *pieces, self.numbers["[SEP]"]]

    def _of_word(self, word: str) -> list[int]:
        """The longest piece that fits, and then the longest that goes on, until the word ends."""
        found: list[int] = []
        start = 0
        while start < len(word):
            end = self._end(word, start)
            if end is None or len(word) > LONGEST:
                return [self.numbers["[UNK]"]]
            found.append(self.numbers[_piece(word, start, end)])
            start = end
        return found

    def _end(self, word: str, start: int) -> int | None:
        ends = range(len(word), start, -1)
        return next((end for end in ends if _piece(word, start, end) in self.numbers), None)


def _piece(word: str, start: int, end: int) -> str:
    return f"##{word[start:end]}" if start else word[:end]
