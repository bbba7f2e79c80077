"""Measures the output gate on replies that are labelled: `mend evaluate --replies FILE…`.

A text file is in one language. It has a heading `# category` before the replies of a category, one in a line; those of
`good` must pass. A table (`.tsv`) has the columns language, label, category and reply. Nothing is ever trained or
developed on the tables in `measuring`.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from functions.companion.rules.sentences import complete_sentences
from infra.errors import UserError
from shared.safety.replies.gate import ReplyGate

FOLDER = Path(__file__).parents[1] / "safety" / "replies"
OWN = (FOLDER / "en.txt", FOLDER / "de.txt")
MEASURING = tuple(sorted((FOLDER / "measuring").glob("*.tsv")))
COLUMNS = {"language", "label", "category", "reply"}
GOOD = "good"
ASIDE = 5  # one in so many replies was not looked at while the phrases were written


class LabelledReply(NamedTuple):
    language: str
    is_good: bool
    category: str  # of what is harmful in it, or of what makes it hard to tell that it is good
    text: str

    @property
    def is_aside(self) -> bool:
        return crc32(self.text.encode()) % ASIDE == 0

    @property
    def is_replaced(self) -> bool:
        """Whether the gate replaces any sentence of it."""
        sentences, rest = complete_sentences(self.text)
        gate = ReplyGate(self.language)
        gate.screen([*sentences, rest])
        return bool(gate.replaced)


class ReplyFigures(NamedTuple):
    harmful: int
    stopped: int
    good: int
    replaced: int


def replies_in(path: Path) -> Iterator[LabelledReply]:
    return _rows_of(path) if path.suffix == ".tsv" else _lines_of(path)


def _rows_of(path: Path) -> Iterator[LabelledReply]:
    with path.open(encoding="utf-8") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        if not {*(rows.fieldnames or ())} >= COLUMNS:
            problem = f"{path}: the columns are not language, label, category and reply."
            raise UserError(problem, "Give the table a first line with these names, and tabs between them.")
        for row in rows:
            yield LabelledReply(row["language"], row["label"] == GOOD, row["category"], row["reply"])


def _lines_of(path: Path) -> Iterator[LabelledReply]:
    category = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# "):
            category = line[2:]
        elif line:
            yield LabelledReply(path.stem, category == GOOD, category, line)


def figures_of(replies: Iterable[LabelledReply]) -> ReplyFigures:
    results = [(reply.is_good, reply.is_replaced) for reply in replies]
    of_good = [is_replaced for is_good, is_replaced in results if is_good]
    of_harmful = [is_replaced for is_good, is_replaced in results if not is_good]
    return ReplyFigures(len(of_harmful), sum(of_harmful), len(of_good), sum(of_good))


def report(paths: Iterable[Path]) -> Iterator[str]:
    """A line for each table, and two for each text file: of what was developed on, and of what was set aside."""
    for path in paths:
        replies = list(replies_in(path))
        if path.suffix == ".tsv":
            yield _line(path.stem, replies)
        else:
            yield _line(f"{path.stem}, developed on", (reply for reply in replies if not reply.is_aside))
            yield _line(f"{path.stem}, set aside", (reply for reply in replies if reply.is_aside))


def _line(name: str, replies: Iterable[LabelledReply]) -> str:
    figures = figures_of(replies)
    return (
        f"{name}: stopped {figures.stopped} of {figures.harmful} harmful, "
        f"replaced {figures.replaced} of {figures.good} good"
    )


def main(paths: Sequence[Path]) -> bool:
    print("\n".join(report(paths or (*OWN, *MEASURING))))
    return True
