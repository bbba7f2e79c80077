"""How old a person is, as far as the companion needs it. A person who has not told it is treated as a minor."""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).with_name("consent_ages.json")
YOUNGEST = {"under_13": 0, "13_to_15": 13, "16_to_17": 16, "18_or_over": 18}  # years in a band
ADULT = 18


class PersonAge(NamedTuple):
    band: str | None
    country: str | None

    @property
    def is_minor(self) -> bool:
        return self.band is None or YOUNGEST[self.band] < ADULT

    @property
    def is_too_young(self) -> bool:
        """Whether anybody in the band is below the age at which people consent for themselves in their country."""
        ages = consent_ages()
        return self.band is not None and YOUNGEST[self.band] < ages["by_country"].get(self.country, ages["other"])


@cache
def consent_ages() -> dict[str, Any]:
    ages: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return ages
