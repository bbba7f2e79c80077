"""How long to wait before a request is repeated."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.outbound.retries import backoff, retry_after

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


@given(tries=st.integers(1, 8), first=st.floats(0.01, 2))
def test_pauses_double_and_are_partly_random(tries: int, first: float) -> None:
    """The random part spreads retries of requests that failed at the same time."""
    longest = first * 2 ** (tries - 1)
    pauses = {backoff(first, tries, None) for _ in range(8)}

    assert all(longest / 2 <= seconds <= longest for seconds in pauses)
    assert len(pauses) > 1


@given(wait=st.floats(0, 100), first=st.floats(0.01, 2))
def test_a_pause_is_at_least_what_the_host_asks_for(wait: float, first: float) -> None:
    """A random part is added."""
    assert all(wait < backoff(first, 3, wait) + 1e-9 <= wait + first + 1e-6 for _ in range(8))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("9" * 400, float("inf")),
        ("soon", None),
        ("-1", None),
        ("", None),
        (None, None),
        ("Mon, 01 Mar 2027 12:01:30 GMT", 90),
        ("Mon, 01 Mar 2027 12:01:30 -0000", 90),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    """A date in the past means zero seconds. Invalid values are ignored."""
    assert retry_after(header, NOW) == seconds


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])))
def test_no_header_makes_a_wait_negative(header: str) -> None:
    """Any header is a number of seconds, not negative, or ignored."""
    wait = retry_after(header, NOW)

    assert wait is None or wait >= 0


@given(st.integers(0, 10**6))
def test_a_date_is_read_by_our_clock(seconds: int) -> None:
    """The wait ends at the date in the header."""
    header = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert retry_after(header, NOW) == seconds
