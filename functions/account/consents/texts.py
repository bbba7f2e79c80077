"""What a person is shown before they decide, from `texts/<language>.json`, and the versions of these texts.

A changed text gets the date of its change in `versions.json`. Then everybody is asked anew. If it describes another use
of data, a migration raises `mend.consent_purposes.valid_since` as well, which ends all earlier agreements.
"""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import get_args

from shared.consents import Purpose
from shared.languages import Languages, TextModel

FOLDER = Path(__file__).with_name("texts")
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


class ConsentText(TextModel):
    title: str
    text: str


class ConsentTexts(TextModel):
    """The text of each purpose."""

    service: ConsentText
    personalisation: ConsentText
    insights: ConsentText
    ai: ConsentText
    ai_lookups: ConsentText
    analytics: ConsentText
    messages: ConsentText
    safety_review: ConsentText

    def of(self, purpose: Purpose) -> ConsentText:
        text: ConsentText = getattr(self, purpose)
        return text


CONSENT_TEXTS = Languages(FOLDER, ConsentTexts)


@cache
def versions() -> Mapping[Purpose, date]:
    """The version of the text of each purpose, the same in all languages."""
    dates = json.loads(FOLDER.with_name("versions.json").read_text(encoding="utf-8"))
    return {purpose: date.fromisoformat(dates[purpose]) for purpose in PURPOSES}
