"""What an app store's signal about a person's age means.

A range counts by its youngest year, however the store knows it: a signal can only make a person count as younger than
they said, so nobody gains from a false one. An app asks Apple for the ages 13, 16 and 18; Google sends these by itself.
"""

from functions.account.identity.models import AgeSignal
from shared.ages import YOUNGEST, AgeBand

SAYS_NOTHING = {"UNKNOWN", "declinedSharing"}
ADULT_WITHOUT_A_RANGE = "VERIFIED"  # Google's: the person is 18 or over


def band_of(signal: AgeSignal) -> AgeBand | None:
    """The band that the signal means, or None if it says nothing."""
    if signal.status in SAYS_NOTHING:
        return None
    if signal.lower is None and signal.upper is None:
        return "18_or_over" if signal.status == ADULT_WITHOUT_A_RANGE else None
    youngest = signal.lower or 0  # Apple names no lower bound below the lowest age that the app has asked for
    return max((band for band, years in YOUNGEST.items() if years <= youngest), key=YOUNGEST.__getitem__)
