"""Measures the safety gate on labelled lines: what the patterns find, and what they find with the scorer."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import sqrt
from typing import NamedTuple

from infra.safety.lines import GRADES, LANGUAGES, SAFE, LabelledLine
from shared.safety.gate import GRADES as GRAVEST_FIRST
from shared.safety.gate import OPENING_GRADES as ALARMING
from shared.safety.gate import Grade, find_by_patterns, find_with, grade_of
from shared.safety.scorer import Model

NOTES = 30  # of a person in a month
Z_95 = 1.96
MIN_OF_KIND = 20  # lines of a kind that is printed


class LineFinding(NamedTuple):
    """A line with the gravest grade that the patterns find, alone and with the scorer."""

    line: LabelledLine
    by_patterns: Grade | None
    by_both: Grade | None


class Share(NamedTuple):
    """How many of how many."""

    found: int
    total: int

    @property
    def text(self) -> str:
        low, high = (round(100 * bound) for bound in wilson(self.found, self.total))
        return f"{self.percent} [{low}-{high}]"

    @property
    def percent(self) -> str:
        return f"{100 * self.found / self.total:.0f} %" if self.total else "-"


def findings(lines: Iterable[LabelledLine], model_for: Callable[[LabelledLine], Model]) -> Iterator[LineFinding]:
    """What the gate finds in each line, with the model that the line is to be scored by."""
    for line in lines:
        codes = find_with(model_for(line), line.text)
        yield LineFinding(line, _gravest(find_by_patterns(line.text).codes), _gravest(codes))


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share, after Wilson."""
    if not total:
        return 0.0, 1.0
    share, spread = count / total, Z_95**2 / total
    margin = Z_95 * sqrt(share * (1 - share) / total + spread / (4 * total))
    return max(0.0, (share + spread / 2 - margin) / (1 + spread)), min(
        1.0, (share + spread / 2 + margin) / (1 + spread)
    )


def tables(found: Sequence[LineFinding]) -> Iterator[str]:
    """The lines of all tables, in Markdown."""
    yield from _by_grade(found)
    yield from _by_language(found)
    yield from _by_kind(found)
    yield from _per_month(found)


def _by_grade(found: Sequence[LineFinding]) -> Iterator[str]:
    yield from head("answered at all", "lines", "patterns", "with the scorer")
    for grade in GRADES:
        of_grade = [finding for finding in found if finding.line.grade == grade]
        name = "false alarms on safe lines" if grade == SAFE else f"`{grade}`"
        yield row(name, len(of_grade), *(share.text for share in _answered(of_grade)))
    immediate = [finding for finding in found if finding.line.grade == "immediate"]
    yield row(
        "`immediate`, graded so or `explicit`",
        len(immediate),
        *(share.text for share in _answered(immediate, ALARMING)),
    )
    safe = [finding for finding in found if finding.line.grade == SAFE]
    yield row("safe lines that open a care period", len(safe), *(share.text for share in _answered(safe, ALARMING)))


def _by_language(found: Sequence[LineFinding]) -> Iterator[str]:
    yield from head("language", "explicit or immediate", "indirect", "false alarms", "the same without the scorer")
    for language in LANGUAGES:
        of_language = [finding for finding in found if finding.line.language == language]
        parts = [
            _answered([finding for finding in of_language if finding.line.grade in grades])
            for grades in (ALARMING, ("indirect",), (SAFE,))
        ]
        alone = " / ".join(patterns.percent for patterns, _ in parts)
        yield row(language, *(both.text for _, both in parts), alone)


def _by_kind(found: Sequence[LineFinding]) -> Iterator[str]:
    yield from head("kind", "lines", "patterns", "with the scorer")
    kinds = {(GRADES.index(finding.line.grade), finding.line.kind) for finding in found}
    for grade, kind in sorted(kinds):
        of_kind = [finding for finding in found if (finding.line.grade, finding.line.kind) == (GRADES[grade], kind)]
        if len(of_kind) >= MIN_OF_KIND:
            yield row(f"{GRADES[grade]}: {kind}", len(of_kind), *(share.text for share in _answered(of_kind)))


def _per_month(found: Sequence[LineFinding]) -> Iterator[str]:
    yield from head(f"somebody who writes {NOTES} sad notes in a month", "patterns", "with the scorer")
    sad = [finding for finding in found if (finding.line.grade, finding.line.kind) == (SAFE, "sad")]
    if sad:
        opened, answered = _answered(sad, ALARMING), _answered(sad)
        gentle = [Share(both.found - grave.found, both.total) for both, grave in zip(answered, opened, strict=True)]
        yield row("care periods that open", *(f"{NOTES * n / of:.2f}" for n, of in opened))
        yield row("gentle answers", *(f"{NOTES * n / of:.2f}" for n, of in gentle))
        yield row("people with a care period", *(f"{100 * (1 - (1 - n / of) ** NOTES):.0f} %" for n, of in opened))
        yield row("people with any answer", *(f"{100 * (1 - (1 - n / of) ** NOTES):.0f} %" for n, of in answered))


def _answered(found: Sequence[LineFinding], grades: Sequence[str] = GRADES) -> tuple[Share, Share]:
    """How many are found with one of the grades: by the patterns, and with the scorer."""
    return (
        Share(sum(finding.by_patterns in grades for finding in found), len(found)),
        Share(sum(finding.by_both in grades for finding in found), len(found)),
    )


def _gravest(codes: set[str]) -> Grade | None:
    grades = {grade_of(code) for code in codes}
    return next((grade for grade in GRAVEST_FIRST if grade in grades), None)


def head(*cells: str) -> Iterator[str]:
    """The first lines of a table."""
    yield ""
    yield row(*cells)
    yield "|" + "---|" * len(cells)


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"
