"""The words of the companion itself, in each language."""

from collections.abc import Mapping
from pathlib import Path

from shared.languages import Languages, TextModel


class CompanionTexts(TextModel):
    disclosure: str
    disclosure_scripted: str
    asked: str
    scripted: str
    refused: str
    failures: Mapping[str, str]
    notices: Mapping[str, str]
    partial: str
    cancelled: str


COMPANION_TEXTS = Languages(Path(__file__).parent, CompanionTexts)
