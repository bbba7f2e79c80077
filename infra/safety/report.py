"""`mend evaluate --safety`: measures the gate on the lines of our writers, each held out, or on files of new ones."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.safety.lines import lines_in, lines_of
from infra.safety.measurement import LineFinding, findings, tables
from infra.safety.speed import speed_table
from shared.safety import scorer


def report(paths: Sequence[Path]) -> Iterator[str]:
    """The lines of a report in Markdown. Without paths it takes a minute, and needs scikit-learn."""
    found = [*findings(lines_in(_files(paths)), lambda _: scorer.model())] if paths else held_out_findings()
    yield f"Patterns and scorer {scorer.model().version}, " + ("new lines" if paths else "each writer held out")
    yield from tables(found)
    yield from speed_table()


def held_out_findings() -> list[LineFinding]:
    """What the gate finds in the lines of each writer, with weights and bounds that have not seen them."""
    from infra.safety import training  # with scikit-learn, which only developers have

    models = training.bounded_held_out_models()
    return [*findings(lines_of(models), lambda line: models[line.writer])]


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.rglob("*.tsv")) if path.is_dir() else [path]
