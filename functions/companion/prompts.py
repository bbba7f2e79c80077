"""The prompts in `prompts.yaml`, with the types of their variables, and their versions."""

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

TOOLS = (
    "read_plan",
    "read_moods",
    "read_what_helped",
    "propose_practice",
    "propose_check_in",
    "propose_hand_over",
    "remember",
)
VARIABLES: Mapping[str, Mapping[str, type]] = {
    "system": {},
    "companion": {},
    "brainstorm": {},
    "planning": {},
    "support": {},
    "tools": {},
    **{f"tool_{name}": {} for name in TOOLS},
    "language": {"language": str},
    "profile": {"facts": list},
    "memory": {"items": list},
    "articles": {"passages": list},
    "summary": {},
    "safety_review": {},
}


class PromptFault(Exception):
    """A prompt is missing or unknown, or has other variables than the code gives it."""


class Prompt(NamedTuple):
    name: str
    template: str

    @property
    def version(self) -> str:
        """A hash of the content."""
        return sha256(self.template.encode()).hexdigest()[:12]

    def text(self, **variables: str | list[str]) -> str:
        """The text with its variables, of which a list has a line for each. Raises `PromptFault` if they do not fit."""
        if {name: type(value) for name, value in variables.items()} != VARIABLES[self.name]:
            raise PromptFault(f"the prompt {self.name} has other variables")
        return self.template.format(**{name: _shown(value) for name, value in variables.items()})


def _shown(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else "\n".join(f"- {' '.join(item.split())}" for item in value)


@cache
def prompts() -> dict[str, Prompt]:
    """The prompts by name. Raises `PromptFault`."""
    import yaml

    return read_prompts(yaml.safe_load(Path(__file__).with_name("prompts.yaml").read_text(encoding="utf-8")))


def read_prompts(templates: Mapping[str, Any]) -> dict[str, Prompt]:
    """Raises `PromptFault` if a prompt, or a variable of one, is missing, unknown or unused."""
    if {name: _fields(text) for name, text in templates.items()} != {name: {*each} for name, each in VARIABLES.items()}:
        raise PromptFault("prompts.yaml and prompts.py name different prompts or variables")
    return {name: Prompt(name, template) for name, template in templates.items()}


def _fields(template: object) -> set[str]:
    """The variables of a template. Raises `PromptFault` if it is no text, or if a brace is left open."""
    try:
        return {field for _, field, _, _ in Formatter().parse(str(template)) if field is not None}
    except ValueError as error:
        raise PromptFault(f"a template cannot be read: {error}") from error
