"""The words of the report, from `report_texts/<language>.json`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).with_name("report_texts")


class ReportTexts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

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
    acute: str
    change: str
    no_change: str
    mood: str
    factors_found: str
    no_factors: str
    unprintable: str
    unprintable_note: str
    page: str


@cache
def load_texts(language: str) -> ReportTexts:
    return ReportTexts.model_validate_json((FOLDER / f"{language}.json").read_bytes())
