"""Measures the output gate on replies that are labelled: `mend evaluate --replies FILE…`.

A file has a heading `# category` before the replies of a category, one in a line; those of `good` must pass.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from functions.companion.rules.sentences import complete_sentences
from shared.safety.replies.gate import ReplyGate

FOLDER = Path(__file__).parents[1] / "safety" / "replies"
OWN = (FOLDER / "en.txt", FOLDER / "de.txt")
GOOD = "good"
ASIDE = 5  # one in so many replies was not looked at while the phrases were written


class LabelledReply(NamedTuple):
    category: str
    text: str

    @property
    def is_aside(self) -> bool:
        return crc32(self.text.encode()) % ASIDE == 0

    @property
    def is_replaced(self) -> bool:
        """Whether the gate replaces any sentence of it."""
        sentences, rest = complete_sentences(self.text)
        gate = ReplyGate("en")
        gate.screen([*sentences, rest])
        return bool(gate.replaced)


class ReplyFigures(NamedTuple):
    harmful: int
    stopped: int
    good: int
    replaced: int


def replies_in(path: Path) -> Iterator[LabelledReply]:
    category = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# "):
            category = line[2:]
        elif line:
            yield LabelledReply(category, line)


def figures_of(replies: Iterable[LabelledReply]) -> ReplyFigures:
    results = [(reply.category == GOOD, reply.is_replaced) for reply in replies]
    of_good = [is_replaced for is_good, is_replaced in results if is_good]
    of_harmful = [is_replaced for is_good, is_replaced in results if not is_good]
    return ReplyFigures(len(of_harmful), sum(of_harmful), len(of_good), sum(of_good))


def report(paths: Iterable[Path]) -> Iterator[str]:
    """A line for each file, with the replies that were developed on and those that were set aside."""
    for path in paths:
        for name, is_aside in (("developed on", False), ("set aside", True)):
            figures = figures_of(reply for reply in replies_in(path) if reply.is_aside == is_aside)
            yield (
                f"{path.stem}, {name}: stopped {figures.stopped} of {figures.harmful} harmful, "
                f"replaced {figures.replaced} of {figures.good} good"
            )


def main(paths: Sequence[Path]) -> bool:
    print("\n".join(report(paths or OWN)))
    return True
