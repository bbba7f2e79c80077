"""The prompts in `prompts.yaml`, with their variables and versions."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from string import Formatter
from typing import NamedTuple

ALWAYS = {"companion": {"language"}, "memory": {"items"}}  # without one of these, no model replies
TOOLS = ("read_plan", "read_moods", "read_what_helped", "propose_practice", "propose_check_in", "remember")
VARIABLES: dict[str, set[str]] = {
    **ALWAYS,
    "tools": set(),
    **{f"tool_{name}": set() for name in TOOLS},
    "summary": set(),
    "safety_review": set(),
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

    def text(self, **variables: str) -> str:
        return self.template.format(**variables)


@cache
def prompts() -> dict[str, Prompt]:
    """The prompts by name. Raises `PromptFault`."""
    import yaml

    return read_prompts(yaml.safe_load(Path(__file__).with_name("prompts.yaml").read_text(encoding="utf-8")))


def read_prompts(templates: dict[str, str]) -> dict[str, Prompt]:
    named = {name: {field for _, field, _, _ in Formatter().parse(text) if field} for name, text in templates.items()}
    if named != VARIABLES:
        raise PromptFault("prompts.yaml and prompts.py name different prompts or variables")
    return {name: Prompt(name, template) for name, template in templates.items()}
