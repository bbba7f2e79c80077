"""Reads the lines that simulated writers wrote for the safety gate: a grade, a kind and a text, separated by tabs."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from infra.errors import UserError

FOLDER = Path(__file__).with_name("lines")
LANGUAGES = ("en", "de", "es", "fr", "it", "pt", "nl", "pl", "tr", "ru", "ar", "hi", "zh", "ja", "ko")
WRITERS = (  # in the order in which they wrote
    "teenager", "nurse", "veteran", "mother", "widower", "migrant", "gamer", "poet", "farmer", "manager", "student",
    "teacher", "driver", "paramedic", "seamstress",
)  # fmt: skip
AUTHOR = "author"  # of the patterns: plain sentences
ORDINARY = "ordinary"  # notes of days without danger
UNMEASURED = (AUTHOR, ORDINARY)  # lines that train the scorer, and neither measure it nor set its bounds
SAFE = "safe"
GRADES = ("immediate", "explicit", "indirect", "worth_asking", "danger_from_others", SAFE)


class LabelledLine(NamedTuple):
    writer: str
    language: str
    grade: str  # one of GRADES
    kind: str
    text: str


def lines_of(writers: Iterable[str]) -> Iterator[LabelledLine]:
    """The lines of writers, in a fixed order."""
    for writer in writers:
        yield from lines_in(sorted((FOLDER / writer).glob("*.tsv")))


def lines_in(paths: Iterable[Path]) -> Iterator[LabelledLine]:
    """The lines of files named WRITER/LANGUAGE.tsv. Raises UserError for a line that is not in the format."""
    for path in paths:
        for number, row in enumerate(path.read_text("utf-8").splitlines(), start=1):
            grade, *rest = row.split("\t")
            if grade not in GRADES or len(rest) != 2:  # noqa: PLR2004 - the kind and the text
                raise UserError(f"{path}, line {number}: not GRADE, KIND and TEXT.", "Correct the line.")
            yield LabelledLine(path.parent.name, path.stem, grade, *rest)


def digest(lines: Iterable[LabelledLine]) -> str:
    """A checksum of lines, by which the weights name what they were trained on."""
    return sha256("\n".join("\t".join(line) for line in lines).encode()).hexdigest()
