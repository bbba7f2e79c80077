"""What a provider says of when to ask again."""

from datetime import UTC
from email.utils import parsedate_to_datetime

from shared.clock import utc_now


def retry_after(said: str | None) -> float | None:
    """In seconds, from a number of them or a date, as HTTP allows; None where it says nothing of use."""
    if said and said.isascii() and said.isdigit():
        return float(said)
    try:
        moment = parsedate_to_datetime(said or "")
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - utc_now()).total_seconds())
