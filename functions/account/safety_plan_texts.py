"""The words on the page of a safety plan, in each language."""

from collections.abc import Mapping
from pathlib import Path

from shared.languages import Languages, TextModel


class SafetyPlanTexts(TextModel):
    title: str
    changed: str
    danger: str
    emergency_number: str
    abroad: str
    text_message: str
    headings: Mapping[str, str]  # by the lists of a plan, in their order


SAFETY_PLAN_TEXTS = Languages(Path(__file__).with_name("texts"), SafetyPlanTexts)
