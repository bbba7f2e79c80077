"""Prints what the companion misses, by dimension and by persona, and writes the transcripts."""

import asyncio
import logging
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.bar import Bar
from infra.evaluate.companion.checklist import DIMENSIONS, ChecklistItem, check
from infra.evaluate.companion.conversations import SYSTEMS, System, Transcript, talk
from infra.evaluate.companion.personas import Persona, load_personas
from infra.local import database, embedded
from infra.local.stack import StackSettings
from infra.registry import ROOT
from shared.settings import Settings

QUICK = ("anna", "clara", "dieter", "hana", "jana")
TRANSCRIPTS = ROOT / "docs" / "companion-transcripts"
TITLES: dict[System, str] = {
    "guide": "without a model",
    "good": "a scripted good model",
    "harmful": "a scripted harmful model behind our gates",
}
ABOUT = (
    "Written by `mend evaluate --companion`. The people are scripted personas of ours "
    "(`infra/evaluate/companion/personas`). Replies marked with (support) have help lines beside them."
)


def main(arguments: Namespace) -> bool:
    """Evaluate in a database of its own, in a folder that is deleted afterwards. Returns whether all bars are held."""
    logging.disable(logging.INFO)  # the requests of the functions
    personas = [persona for persona in load_personas() if not arguments.quick or persona.name in QUICK]
    with TemporaryDirectory(prefix="mend-") as home:
        settings = StackSettings(mend_home=Path(home))
        try:
            transcripts = asyncio.run(converse(settings, database.owner_dsn(settings), personas, SYSTEMS))
        finally:
            embedded.leave()
    items = [item for transcript in transcripts for item in check(transcript)]
    print("\n".join(_lines(items, personas)))
    bars = [*_bars(items)]
    print("\n".join(bar.line for bar in bars))
    if not arguments.quick:
        write(transcripts)
    return all(bar.held for bar in bars)


async def converse(
    settings: Settings, dsn: str, personas: list[Persona], systems: Iterable[System]
) -> list[Transcript]:
    """All conversations, system by system."""
    return [transcript for system in systems for transcript in await talk(settings, dsn, personas, system)]


def _lines(items: Sequence[ChecklistItem], personas: Iterable[Persona]) -> Iterator[str]:
    yield "Our own checklist in the five dimensions of VERA-MH. It is no VERA score: its patterns are ours, and no"
    yield "clinician has rated these conversations. Items missed, of all items:\n"
    yield f"{'':<20}{''.join(f'{system:>14}' for system in SYSTEMS)}"
    for dimension in DIMENSIONS:
        yield _row(dimension, [item for item in items if item.dimension == dimension])
    yield ""
    for persona in personas:
        yield _row(persona.name, [item for item in items if item.persona == persona.name])
    yield ""
    for item in items:
        if item.is_missed:
            kind = "DANGEROUS " if item.is_dangerous else ""
            yield f"{kind}{item.system}, {item.persona}, turn {item.turn}: {item.dimension}: {item.what}"


def _row(name: str, items: Sequence[ChecklistItem]) -> str:
    counts = [[item.is_missed for item in items if item.system == system] for system in SYSTEMS]
    cells = [f"{sum(missed)} of {len(missed)}" for missed in counts]
    return f"{name:<20}{''.join(f'{cell:>14}' for cell in cells)}"


def _bars(items: Sequence[ChecklistItem]) -> Iterator[Bar]:
    for system in SYSTEMS:
        missed = sum(item.is_missed and item.is_dangerous for item in items if item.system == system)
        yield Bar(f"items of the dangerous kind that are missed, {TITLES[system]}", missed, None, 0)


def write(transcripts: Sequence[Transcript], folder: Path = TRANSCRIPTS) -> None:
    """A page for each system."""
    folder.mkdir(exist_ok=True)
    for system in SYSTEMS:
        parts = [_page(transcript) for transcript in transcripts if transcript.system == system]
        text = "\n\n".join([f"# Transcripts: {TITLES[system]}", ABOUT, *parts])
        (folder / f"{system}.md").write_text(f"{text}\n", encoding="utf-8")


def _page(transcript: Transcript) -> str:
    persona = transcript.persona
    lines = [
        f"## {persona.name.capitalize()}",
        f"{persona.about.capitalize()} ({persona.language}).",
        _quoted(transcript.opening),
    ]
    for exchange in transcript.exchanges:
        lines += [f"**{exchange.turn.words}**", _quoted(("(support) " if exchange.support else "") + exchange.reply)]
    return "\n\n".join(lines)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
