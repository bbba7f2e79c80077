"""How long one waits before asking a provider again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.notify.channels.posting import pause
from shared.retrying import retry_after


@given(number=st.integers(1, 8), first=st.floats(0.01, 2))
def test_pauses_double_and_are_cut_short_at_random(number: int, first: float) -> None:
    """All who were refused at one moment do not come back at one moment."""
    longest = first * 2 ** (number - 1)
    seen = {pause(first, number, None) for _ in range(8)}

    assert all(longest / 2 <= seconds <= longest for seconds in seen)
    assert len(seen) > 1


@given(wait=st.floats(0, 100), first=st.floats(0.01, 2))
def test_what_a_provider_asks_for_is_the_least(wait: float, first: float) -> None:
    """A little is added, and that is chance as well."""
    assert all(wait < pause(first, 3, wait) + 1e-9 <= wait + first + 1e-6 for _ in range(8))


def test_nobody_waits_before_the_first_try() -> None:
    """There is nothing to wait for."""
    assert pause(0.5, 0, None) == 0


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7), ("0", 0), ("soon", None), ("-1", None), ("", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)],
)
def test_retry_after_is_seconds_or_a_date(said: str, seconds: float | None) -> None:
    """Anything else says nothing."""
    assert retry_after(said) == seconds
