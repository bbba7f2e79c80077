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

from pydantic import RootModel
from typing_extensions import TypedDict

from shared.consents import Purpose
from shared.languages import Languages

FOLDER = Path(__file__).with_name("texts")
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


class ConsentText(TypedDict):
    title: str
    text: str


class ConsentTexts(RootModel[Mapping[Purpose, ConsentText]]):
    """The texts of one language, by purpose."""


CONSENT_TEXTS = Languages(FOLDER, ConsentTexts)


def consent_texts(language: str) -> Mapping[Purpose, ConsentText]:
    return CONSENT_TEXTS.texts(language).root


@cache
def versions() -> Mapping[Purpose, date]:
    """The version of the text of each purpose, the same in all languages."""
    dates = json.loads(FOLDER.with_name("versions.json").read_text(encoding="utf-8"))
    return {purpose: date.fromisoformat(dates[purpose]) for purpose in PURPOSES}
