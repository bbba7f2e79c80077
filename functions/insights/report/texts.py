"""The words of the report, from `texts/<language>.json`."""

from collections.abc import Mapping
from pathlib import Path

from shared.languages import Languages, TextModel


class ReportTexts(TextModel):
    title: str
    period: str
    purpose: str
    scale: str
    no_entries: str
    headings: Mapping[str, str]
    coverage: str
    level: str
    level_unknown: str
    range: str
    slope: str
    jumps: str
    change: str
    no_change: str
    mood: str
    factors_found: str
    no_factors: str
    unprintable: str
    unprintable_note: str
    page: str


REPORT_TEXTS = Languages(Path(__file__).with_name("texts"), ReportTexts)
