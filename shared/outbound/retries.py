"""How long to wait before a request is repeated."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after(header: str | None, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks for, given as a number or as a date; None where it is invalid."""
    if header and header.isascii() and header.isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def backoff(first: float, tries: int, wait: float | None) -> float:
    """The pause after so many tries: at least what the host asks for, else twice the pause before.

    Part of it is random, so that requests which were refused together do not come back together.
    """
    jitter = random.uniform(0.5, 1)  # noqa: S311 - keeps no secret
    return wait + first * jitter if wait is not None else first * 2 ** (tries - 1) * jitter
