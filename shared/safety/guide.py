"""The guide for those who worry about someone else, from `guide/<language>.json`: a short flow of steps."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from shared.languages import Languages, TextModel
from shared.safety.helplines import Line, emergency_number, lines_for

GuideName: TypeAlias = Literal["worried-about-someone"]
WORRIED_ABOUT_SOMEONE: GuideName = "worried-about-someone"


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


class GuideTexts(TextModel):
    reviewed_by: str | None
    local_emergency: str
    search: Mapping[str, tuple[str, ...]]  # a search needs a phrase of each list
    title: str
    introduction: str
    steps: tuple[Step, ...]


GUIDE_TEXTS = Languages(Path(__file__).with_name("guide"), GuideTexts)


def guide(country: str | None, *preferences: str | None) -> Guide:
    """The guide in the first language that has it, with the number and the help lines of a country."""
    language, number = GUIDE_TEXTS.code(*preferences), emergency_number(country)
    texts = GUIDE_TEXTS.texts(language)
    shown_number = number or texts.local_emergency
    steps = [
        step.model_copy(update={"text": step.text.replace("{emergency_number}", shown_number)}) for step in texts.steps
    ]
    return Guide(
        language=language,
        title=texts.title,
        introduction=texts.introduction,
        steps=tuple(steps),
        lines=lines_for(country, (), language),
        emergency_number=number,
    )


def is_searched(query: str) -> bool:
    """Whether a search has a word for worry and one for another person, in any language of the guide."""
    words = " ".join(["", *re.findall(r"\w+", query.casefold()), ""])
    return any(
        all(any(f" {phrase} " in words for phrase in phrases) for phrases in texts.search.values())
        for texts in GUIDE_TEXTS.by_code.values()
    )
