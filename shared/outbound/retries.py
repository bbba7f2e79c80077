"""How long to wait before a retry."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after(header: str | None, now: datetime) -> float | None:
    """The seconds of a `Retry-After` header, which is a number or a date. None if it is missing or invalid."""
    if header and header.isascii() and header.isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def backoff(first: float, tries: int, wait: float | None) -> float:
    """The pause after `tries` tries: at least `wait` if the host asks for it, otherwise exponential.

    It has random jitter, so that requests which failed together are not repeated together.
    """
    jitter = random.uniform(0.5, 1)  # noqa: S311 - not for security
    return wait + first * jitter if wait is not None else first * 2 ** (tries - 1) * jitter
