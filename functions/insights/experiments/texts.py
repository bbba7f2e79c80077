"""The texts of verdicts, from `texts/<language>.json`."""

from pathlib import Path

from shared.languages import Languages, TextModel


class VerdictTexts(TextModel):
    helped: str
    not_shown: str
    not_told: str


VERDICT_TEXTS = Languages(Path(__file__).with_name("texts"), VerdictTexts)
