"""Measures how much processor time the safety gate takes, by the length of a text and on hostile texts."""

from collections.abc import Callable, Iterator
from itertools import cycle, islice
from random import Random
from statistics import median
from time import process_time_ns

from infra.safety.lines import SAFE, WRITERS, lines_of
from shared.safety.gate import find_by_patterns, find_with
from shared.safety.scorer import model

LENGTHS = (60, 150, 400, 2_000, 4_000)  # characters
LANGUAGES = ("en", "ru", "zh")  # Latin letters, another alphabet, no spaces
TEXTS = 50  # of each length
HOSTILE_TEXTS = 10_000
HOSTILE_LENGTH = 4_000  # characters, the longest
PIECES = (
    "a", "i ", "1", "$", ".", " . ", "\n", '"', "~", "k m s ", "iiiii", "want to ", "i want to die ", "not ", "no ",
    "\u0301", "\u200b", "\u4e0d\u60f3", "\u6b7b", "\u044f \u043d\u0435 ", "\u0644\u0627 ", "\u092e\u0948\u0902 ",
    "\uc8fd\uace0 ", "\u3057\u306b", "\U0001f52a", "\ud800", "never ", "my friend ", "pills ", "tonight ",
)  # fmt: skip


def speed_table() -> Iterator[str]:
    """The lines of a table in Markdown: milliseconds of processor time."""
    yield ""
    yield "| milliseconds | " + " | ".join(f"{length} characters" for length in LENGTHS) + " |"
    yield "|---|" + "---|" * len(LENGTHS)
    for language in LANGUAGES:
        lines = lines_of(WRITERS)
        texts = " ".join(line.text for line in lines if (line.language, line.grade) == (language, SAFE))
        both, patterns = zip(*(_medians(texts, length) for length in LENGTHS), strict=True)
        yield f"| {language}, both tiers | " + " | ".join(f"{time:.2f}" for time in both) + " |"
        yield f"| {language}, patterns alone | " + " | ".join(f"{time:.2f}" for time in patterns) + " |"
    yield ""
    slowest = max(_milliseconds(_find, text) for text in _hostile_texts())
    yield f"The slowest of {HOSTILE_TEXTS} hostile texts takes {slowest:.1f} ms."


def _medians(texts: str, length: int) -> tuple[float, float]:
    """Of both tiers and of the patterns alone."""
    starts = islice(range(0, len(texts) - length, length // 7), TEXTS)
    parts = [texts[start : start + length] for start in starts]
    return median(_milliseconds(_find, part) for part in parts), median(
        _milliseconds(find_by_patterns, part) for part in parts
    )


def _milliseconds(gate: Callable[[str], object], text: str) -> float:
    """The fastest of three runs: what other processes do does not count."""
    times = []
    for _ in range(3):
        start = process_time_ns()
        gate(text)
        times.append(process_time_ns() - start)
    return min(times) / 1e6


def _find(text: str) -> object:
    return find_with(model(), text)


def _hostile_texts() -> Iterator[str]:
    """Pieces that patterns begin with, invisible signs and disguises, repeated in random order."""
    random = Random(1)  # noqa: S311 - the same texts in every run
    for _ in range(HOSTILE_TEXTS):
        pieces = random.choices(PIECES, k=random.randint(1, 6))
        yield "".join(islice(cycle(pieces), HOSTILE_LENGTH))[: random.randint(1, HOSTILE_LENGTH)]
