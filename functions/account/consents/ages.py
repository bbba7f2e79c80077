"""From which age a person may consent for themselves. `ages.json` has the age of each country, with the law."""

import json
from functools import cache
from pathlib import Path
from typing import TypedDict

FILE = Path(__file__).with_name("ages.json")
GDPR = 16  # its own age, which its states may lower; for countries without an entry


class AgeOfConsent(TypedDict):
    age: int
    law: str


@cache
def ages() -> dict[str, AgeOfConsent]:
    by_country: dict[str, AgeOfConsent] = json.loads(FILE.read_text(encoding="utf-8"))
    return by_country


def age_of_consent(country: str | None) -> int:
    """The age in this country (two capital letters). Below it, a parent or guardian consents."""
    entry = ages().get(country or "")
    return entry["age"] if entry else GDPR
