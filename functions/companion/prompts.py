"""The prompts in `prompts.yaml`."""

from functools import cache
from pathlib import Path
from string import Formatter

VARIABLES = {"companion": {"language"}}


class PromptFault(Exception):
    """A prompt is missing or unknown, or has other variables than the code gives it."""


@cache
def prompts() -> dict[str, str]:
    """The prompts by name. Raises `PromptFault`."""
    import yaml

    texts: dict[str, str] = yaml.safe_load(Path(__file__).with_name("prompts.yaml").read_text(encoding="utf-8"))
    variables = {name: {field for _, field, _, _ in Formatter().parse(text) if field} for name, text in texts.items()}
    if variables != VARIABLES:
        raise PromptFault("prompts.yaml and prompts.py name different prompts or variables")
    return texts


def companion_prompt(language: str) -> str:
    return prompts()["companion"].format(language=language)
