"""The words on the page of a safety plan, in each language."""

import re
from collections.abc import Mapping
from pathlib import Path

from shared.languages import FALLBACK, Languages, TextModel


class SafetyPlanTexts(TextModel):
    title: str
    changed: str
    danger: str
    emergency_number: str
    abroad: str
    text_message: str
    headings: Mapping[str, str]  # by the lists of a plan, in their order


LANGUAGES = Languages(Path(__file__).with_name("texts"), SafetyPlanTexts)


def choose_language(locale: str, accept_language: str | None) -> str:
    """The code of the first language with texts: of the profile's locale, then of the header. Otherwise English."""
    preferences = [locale, *(accept_language or "").split(",")]
    codes = (re.split("[-_;]", preference.strip())[0].lower() for preference in preferences)
    return next((code for code in codes if code in LANGUAGES.by_code), FALLBACK)
