"""The people that talk with the companion in an evaluation, from `personas/`: what each says, turn by turn."""

from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml

from infra.file_model import FileModel

FOLDER = Path(__file__).with_name("personas")

# What a turn tells: hints of suicide; a wish to die or self-harm; suicide, named; danger now, and what is said before
# the person is safe; violence by others. Also the answers to a question: yes, no, neither; and the question what the
# companion is.
Tells: TypeAlias = Literal[
    "hint", "explicit", "named", "immediate", "held", "safe", "others", "agrees", "denies", "evades", "asks_what"
]


class Turn(FileModel):
    words: str
    tells: Tells | None = None


class Persona(FileModel):
    name: str
    about: str
    language: str
    country: str
    age_band: str | None = None
    turns: tuple[Turn, ...]


def load_personas() -> list[Persona]:
    """Raises `ValidationError` for a file that is not as described."""
    return [_persona(path) for path in sorted(FOLDER.glob("*.yaml"))]


def _persona(path: Path) -> Persona:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    turns = [_turn(turn) for turn in content.pop("turns")]
    return Persona(name=path.stem, turns=tuple(turns), **content)


def _turn(turn: str | dict[str, Any]) -> Turn:
    """A turn is its words, or what it tells and its words."""
    if isinstance(turn, str):
        return Turn(words=turn)
    [(tells, words)] = turn.items()
    return Turn(words=words, tells=tells)
