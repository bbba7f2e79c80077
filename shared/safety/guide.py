"""The guide for those who worry about someone else, from `guide/<language>.json`: a short flow of steps."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from shared.safety.helplines import Line, emergency_number, lines_for

GuideName: TypeAlias = Literal["worried-about-someone"]
WORRIED_ABOUT_SOMEONE: GuideName = "worried-about-someone"
FOLDER = Path(__file__).with_name("guide")
LANGUAGES = ("en", "de")


class Choice(BaseModel):
    model_config = ConfigDict(defer_build=True)

    label: str
    next: str  # the id of the next step


class Step(BaseModel):
    """One screen of the guide. Without choices, it is the last one."""

    model_config = ConfigDict(defer_build=True)

    id: str
    title: str
    text: str
    choices: tuple[Choice, ...]


class Guide(BaseModel):
    """What to do when you worry about someone. Begin with the first step. Show `lines` with every step."""

    model_config = ConfigDict(defer_build=True)

    language: str
    title: str
    introduction: str
    steps: tuple[Step, ...]
    lines: tuple[Line, ...]
    emergency_number: str | None


def guide(country: str | None, language: str) -> Guide:
    """The guide in one of the `LANGUAGES`, with the number and the help lines of a country."""
    content, number = _content(language), emergency_number(country)
    steps = [
        Step(**step | {"text": step["text"].replace("{emergency_number}", number or content["local_emergency"])})
        for step in content["steps"]
    ]
    return Guide(
        language=language,
        title=content["title"],
        introduction=content["introduction"],
        steps=tuple(steps),
        lines=lines_for(country, (), language),
        emergency_number=number,
    )


def is_searched(query: str) -> bool:
    """Whether a search has a word for worry and one for another person, in any language of the guide."""
    words = " ".join(["", *re.findall(r"\w+", query.casefold()), ""])
    return any(
        all(any(f" {phrase} " in words for phrase in phrases) for phrases in _content(language)["search"].values())
        for language in LANGUAGES
    )


@cache
def _content(language: str) -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    return content
