"""When places that close are likely to be open. Items that need one have the tag `open-place`."""

from datetime import datetime

OPEN_PLACE = "open-place"
OPEN_HOURS = range(10, 17)  # local; libraries, shops and post offices of most countries are open then
SUNDAY = 6


def places_are_open(local: datetime) -> bool:
    """Whether a library or a shop is likely to be open at this local time."""
    return local.hour in OPEN_HOURS and local.weekday() != SUNDAY
