"""When the companion says again what it is."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.companion.rules.disclosure import (
    INTERVAL,
    MINORS_INTERVAL,
    PAUSE,
    ConversationUse,
    due_reminder,
    use_since,
)
from shared.ages import AgeBand, PersonAge

ZONES = st.sampled_from(["UTC", "America/St_Johns", "Europe/Berlin", "Pacific/Apia", "Asia/Kathmandu"]).map(ZoneInfo)
STARTS = st.datetimes(datetime(2026, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given by `timezones`
GAPS = st.lists(st.tuples(st.timedeltas(timedelta(0), timedelta(hours=5)), ZONES), min_size=1, max_size=60)


@given(start=STARTS, gaps=GAPS, is_minor=st.booleans())
def test_a_reminder_is_never_late_and_never_early(
    start: datetime, gaps: list[tuple[timedelta, ZoneInfo]], *, is_minor: bool
) -> None:
    """The first message after the interval gets it, and no other one, whichever zone a device's clock has."""
    interval = MINORS_INTERVAL if is_minor else INTERVAL
    use, told, now = ConversationUse(start, start, start), [start], start

    for gap, zone in gaps:
        now = (now + gap).astimezone(zone)
        reminder = due_reminder(use, now, is_minor=is_minor)
        assert (reminder is not None) == (now - told[-1] >= interval)
        told += [now] if reminder else []
        use = ConversationUse(told[-1], use_since(use, now), now)

    assert all(later - earlier >= interval for earlier, later in pairwise(told))


@given(STARTS, st.lists(st.timedeltas(timedelta(0), PAUSE - timedelta(seconds=1)), min_size=1, max_size=60))
def test_who_writes_without_a_pause_is_told_to_take_a_break(start: datetime, gaps: list[timedelta]) -> None:
    """Every reminder in a use without a long pause has it."""
    use, now = ConversationUse(start, start, start), start

    for gap in gaps:
        now += gap
        reminder = due_reminder(use, now, is_minor=False)
        assert reminder in {None, "break"}
        use = ConversationUse(now if reminder else use.disclosed_at, use_since(use, now), now)


def test_who_comes_back_is_told_without_a_break() -> None:
    """A pause of half an hour begins a new use."""
    start = datetime(2026, 11, 27, tzinfo=UTC)

    assert due_reminder(ConversationUse(start, start, start), start + INTERVAL, is_minor=False) == "plain"


def test_a_conversation_that_was_never_told_is_told_at_once() -> None:
    """It is older than the record of that."""
    start = datetime(2026, 11, 27, tzinfo=UTC)

    assert due_reminder(ConversationUse(None, None, start), start, is_minor=False) == "plain"


@pytest.mark.parametrize(
    ("band", "country", "is_minor", "is_too_young"),
    [
        (None, "DE", True, False),
        ("under_13", "US", True, True),
        ("13_to_15", "US", True, False),
        ("13_to_15", "AT", True, True),
        ("13_to_15", None, True, True),
        ("16_to_17", "IN", True, True),
        ("16_to_17", "DE", True, False),
        ("18_or_over", None, False, False),
    ],
)
def test_a_band_counts_by_its_youngest(
    band: AgeBand | None,
    country: str | None,
    *,
    is_minor: bool,
    is_too_young: bool,
) -> None:
    """Somebody of 13 may be in it. Where no age is known for a country, it is that of the GDPR."""
    age = PersonAge(band, country)

    assert (age.is_minor, age.is_too_young) == (is_minor, is_too_young)
