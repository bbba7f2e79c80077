"""How old a person is, as far as we know, and what follows. A person of unknown age is treated as a minor.

`ages.json` has the age of each country from which a person may consent for themselves, with the law. Below it, where
`guardian_from` says so, a parent's or guardian's answer by mail counts for those of that age or older: in the EU, the
EEA and the United Kingdom, whose law asks for reasonable efforts (GDPR art. 8(2)). The law of the US asks for more than
a mail, and elsewhere we do not know. Nobody below 13 is meant by it: the providers of models want no younger people.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, NotRequired, TypeAlias, TypedDict

AgeBand: TypeAlias = Literal["under_13", "13_to_15", "16_to_17", "18_or_over"]

FILE = Path(__file__).with_suffix(".json")
YOUNGEST: Mapping[AgeBand, int] = {"under_13": 0, "13_to_15": 13, "16_to_17": 16, "18_or_over": 18}  # years in a band
ADULT = 18
GDPR = 16  # its own age, which its states may lower; for countries without an entry


class AgeOfConsent(TypedDict):
    age: int
    law: str
    guardian_from: NotRequired[int]


class PersonAge(NamedTuple):
    """The band that counts (`mend.counted_age_band`), the country of the profile, and what a guardian says."""

    band: AgeBand | None
    country: str | None
    guardian_allows: bool = False

    @property
    def is_minor(self) -> bool:
        return self.band is None or YOUNGEST[self.band] < ADULT

    @property
    def is_too_young(self) -> bool:
        """Whether anybody in the band is below the age at which people consent for themselves in their country."""
        return self.band is not None and YOUNGEST[self.band] < age_of_consent(self.country)

    @property
    def accepts_guardian(self) -> bool:
        """Whether they are too young, and a parent's or guardian's answer by mail counts."""
        entry = ages().get(self.country or "")
        youngest = entry.get("guardian_from", ADULT) if entry else ADULT
        return self.is_too_young and self.band is not None and YOUNGEST[self.band] >= youngest

    @property
    def may_have_model(self) -> bool:
        """Whether a language model may reply to them."""
        return not self.is_too_young or (self.accepts_guardian and self.guardian_allows)


@cache
def ages() -> dict[str, AgeOfConsent]:
    by_country: dict[str, AgeOfConsent] = json.loads(FILE.read_text(encoding="utf-8"))
    return by_country


def age_of_consent(country: str | None) -> int:
    """The age in this country (two capital letters). Below it, a parent or guardian consents."""
    entry = ages().get(country or "")
    return entry["age"] if entry else GDPR
