"""How old a person is, as far as we know, and what follows. A person of unknown age is treated as a minor.

`ages.json` has the age of each country from which a person may consent for themselves, with the law.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, TypedDict

AgeBand: TypeAlias = Literal["under_13", "13_to_15", "16_to_17", "18_or_over"]

FILE = Path(__file__).with_suffix(".json")
YOUNGEST: Mapping[AgeBand, int] = {"under_13": 0, "13_to_15": 13, "16_to_17": 16, "18_or_over": 18}  # years in a band
ADULT = 18
GDPR = 16  # its own age, which its states may lower; for countries without an entry


class AgeOfConsent(TypedDict):
    age: int
    law: str


class PersonAge(NamedTuple):
    """The band that counts (`mend.counted_age_band`), and the country of the profile."""

    band: AgeBand | None
    country: str | None

    @property
    def is_minor(self) -> bool:
        return self.band is None or YOUNGEST[self.band] < ADULT

    @property
    def is_too_young(self) -> bool:
        """Whether anybody in the band is below the age at which people consent for themselves in their country."""
        return self.band is not None and YOUNGEST[self.band] < age_of_consent(self.country)


@cache
def ages() -> dict[str, AgeOfConsent]:
    by_country: dict[str, AgeOfConsent] = json.loads(FILE.read_text(encoding="utf-8"))
    return by_country


def age_of_consent(country: str | None) -> int:
    """The age in this country (two capital letters). Below it, a parent or guardian consents."""
    entry = ages().get(country or "")
    return entry["age"] if entry else GDPR
