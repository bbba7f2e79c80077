"""Writes docs/companion-transcripts.md from the flows: `.venv/bin/python -m tests.unit.companion.guide.transcripts`."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import yaml

from functions.companion.disclosure.texts import DISCLOSURE_TEXTS
from functions.companion.guide.book import FLOW_TEXTS, flow_book
from functions.companion.guide.replies import next_move
from functions.companion.guide.rules.voice import Voice

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs/companion-transcripts.md"
INTRODUCTION = """# Transcripts of the scripted guide

What the guide of [companion.md](companion.md) replies without a language model, written by
`.venv/bin/python -m tests.unit.companion.guide.transcripts`. A test compares this page with the flows. The wording
differs from one person and from one conversation to the next. In the app, ranking chooses the practice.
"""


class Script(NamedTuple):
    title: str
    language: str
    person: UUID
    practice: str  # the key of an item
    messages: tuple[str, ...]


SCRIPTS = (
    Script(
        "A person who does not sleep",
        "en",
        UUID(int=3),
        "breathing-slow-six",
        (
            "Hi",
            "I don't sleep because my boss hates me",
            "Mostly thoughts. I go through every meeting again.",
            "She moved my project to somebody else without a word",
            "tell more",
            "The mail to the team. It can wait.",
            "yes",
            "ok, I'll try that",
            "My shoulders are lower",
            "thanks",
        ),
    ),
    Script(
        "Eine Person, die allein ist",
        "de",
        UUID(int=5),
        "breathing-slow-six",
        (
            "Hallo",
            "Ich bin umgezogen und kenne hier keinen, ich bin so einsam",
            "Am meisten abends. Ich vermisse meine Schwester.",
            "Wir haben immer zusammen gekocht",
            "mehr erzählen",
            "Vielleicht meine alte Nachbarin",
            "nein",
            "tschüss",
        ),
    ),
    Script(
        "A person who is rude, and of few words",
        "en",
        UUID(int=8),
        "breathing-sigh",
        ("yo", "you are useless", "work", "meh", "whatever", "something short", "something else", "no", "ok"),
    ),
)


def page() -> str:
    """The page, as it has to be."""
    return "\n".join([INTRODUCTION, *(line for script in SCRIPTS for line in _lines(script))])


def _lines(script: Script) -> Iterator[str]:
    state, book = None, flow_book()
    yield f"## {script.title}\n"
    yield f"> {DISCLOSURE_TEXTS.texts(script.language).disclosure_scripted}\n"
    for message in script.messages:
        move = next_move(state, message, script.language)
        practice = None
        if move.step(book).practice:
            practice = _practice(script) if not move.state.practices else None
            move = move.with_practice(script.practice if practice else "")
        voice = Voice(FLOW_TEXTS.texts(script.language), script.person, move.state)
        reply = voice.reply(book, move, practice).replace("\n\n", "\n>\n> ")
        yield f"**{message}**\n\n> {reply}\n"
        state = move.state.model_copy(update={"said": voice.said_so_far})


def _practice(script: Script) -> dict[str, str]:
    kind = script.practice.partition("-")[0]
    items = yaml.safe_load((ROOT / f"infra/content/{kind}.yaml").read_text(encoding="utf-8"))
    item = next(item for item in items if item["key"] == script.practice)
    if script.language == "de":
        item |= yaml.safe_load((ROOT / f"infra/content/de/{kind}.yaml").read_text(encoding="utf-8"))[script.practice]
    return {"title": item["title"], "body": item["body"].strip(), "minutes": str(item["minutes"])}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
