"""`mend evaluate --safety`: measures the gate on the lines of our writers, each held out, or on files of new ones.

With a model, also what `safety_review` would add by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from functions.companion.settings import CompanionSettings
from infra.safety.lines import lines_in, lines_of
from infra.safety.measurement import LineFinding, findings, tables
from infra.safety.speed import speed_table
from shared.safety import scorer
from shared.settings import BadSettings


def report(paths: Sequence[Path], environ: Mapping[str, str], review_model: str | None = None) -> Iterator[str]:
    """The lines of a report in Markdown. Without paths it takes a minute, and needs scikit-learn.

    A review model is reached by the settings in `environ`. Raises `BadSettings` if it cannot be.
    """
    settings = _review_settings(environ, review_model) if review_model else None
    found = [*findings(lines_in(_files(paths)), lambda _: scorer.model())] if paths else held_out_findings()
    yield f"Patterns and scorer {scorer.model().version}, " + ("new lines" if paths else "each writer held out")
    yield from tables(found)
    yield from speed_table()
    if settings and review_model:
        from infra.safety.review_measurement import review_tables  # with httpx

        yield from review_tables(settings, review_model, found)


def _review_settings(environ: Mapping[str, str], model: str) -> CompanionSettings:
    named = {**environ, "AI_REVIEW_MODEL": model}
    if faults := CompanionSettings.faults(named):
        raise BadSettings("; ".join(faults))
    return CompanionSettings.model_validate(CompanionSettings.read(named))


def held_out_findings() -> list[LineFinding]:
    """What the gate finds in the lines of each writer, with weights and bounds that have not seen them."""
    from infra.safety import training  # with scikit-learn, which only developers have

    models = training.bounded_held_out_models()
    return [*findings(lines_of(models), lambda line: models[line.writer])]


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.rglob("*.tsv")) if path.is_dir() else [path]
