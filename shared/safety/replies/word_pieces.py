"""Splits a text into the pieces of words that the encoder knows: into the likeliest ones, as SentencePiece does."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from unicodedata import normalize

BEGIN = "▁"  # stands for the space before a word
LONGEST = 100  # letters of a word that are read
UNLIKELY = 10.0  # how much less likely than every piece a letter is that is in none; a logarithm
START, PADDING, END, UNKNOWN = SPECIAL = "<s>", "<pad>", "</s>", "<unk>"  # none of them stands for a text


class WordPieces(NamedTuple):
    """The pieces by their text: the number of each, and the logarithm of how likely it is."""

    numbers: Mapping[str, int]
    likelihoods: Mapping[str, float]
    longest: int  # letters of a piece
    unlikely: float  # the logarithm for a letter that is in no piece

    def of(self, text: str) -> Iterator[int]:
        """The numbers of the pieces of a text, in order."""
        plain = "".join(letter for letter in normalize("NFKC", text) if letter.isprintable() or letter.isspace())
        for word in plain.split():
            yield from self._of_word(f"{BEGIN}{word[:LONGEST]}")

    def framed(self, pieces: list[int]) -> list[int]:
        """With the pieces that begin and end a text."""
        return [self.numbers[START], *pieces, self.numbers[END]]

    def _of_word(self, word: str) -> list[int]:
        """The likeliest pieces up to each letter, from the first to the last."""
        sums, starts = [0.0], [0]
        for end in range(1, len(word) + 1):
            ways = ((sums[start] + self._likelihood(word[start:end]), start) for start in self._starts(end))
            likeliest, start = max(ways)
            sums.append(likeliest)
            starts.append(start)
        return list(self._numbers(word, starts))[::-1]

    def _starts(self, end: int) -> range:
        return range(max(0, end - self.longest), end)

    def _likelihood(self, piece: str) -> float:
        return self.likelihoods.get(piece, self.unlikely * len(piece))

    def _numbers(self, word: str, starts: list[int]) -> Iterator[int]:
        """From the last piece to the first."""
        end = len(word)
        while end:
            yield self.numbers.get(word[starts[end] : end], self.numbers[UNKNOWN])
            end = starts[end]


def word_pieces(pieces: Sequence[str], likelihoods: Sequence[float]) -> WordPieces:
    """Pieces in the order of their numbers, and the logarithm of how likely each is."""
    numbers = {piece: number for number, piece in enumerate(pieces)}
    of_texts = {piece: likelihoods[number] for piece, number in numbers.items() if piece not in SPECIAL}
    return WordPieces(numbers, of_texts, max(map(len, of_texts)), min(of_texts.values()) - UNLIKELY)
