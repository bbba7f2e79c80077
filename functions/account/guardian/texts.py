"""The texts of the page for parents and guardians, in each language. **They wait for the review of counsel.**

A changed text gets another `VERSION`: each answer is stored with the version of the text that it is about.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal, TypeAlias

from functions.account.guardian.answers import ShownState
from shared.languages import Languages, TextModel

VERSION = date(2026, 12, 12)

PageState: TypeAlias = ShownState | Literal["without_effect"]


class Paragraph(TextModel):
    title: str
    text: str


class GuardianTexts(TextModel):
    title: str
    intro: str
    parts: tuple[Paragraph, ...]
    allow: str
    refuse: str
    withdraw: str
    results: Mapping[PageState | Literal["gone"], Paragraph]


GUARDIAN_TEXTS = Languages(Path(__file__).with_name("texts"), GuardianTexts)
