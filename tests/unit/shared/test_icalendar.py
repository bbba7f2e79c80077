import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import characters, integers, text
from icalendar import Calendar, Component

from shared.icalendar import CalendarEvent, render_calendar

CHANGED = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
WALK = CalendarEvent(
    "0190-1@mend", datetime(2027, 3, 10, 8, tzinfo=UTC), 15, "A short walk", 0, cancelled=False, changed_at=CHANGED
)

hostile = text(characters(codec="utf-8"), max_size=200) | text(
    '\r\n\t\x85\u2028\u2029 ,;:\\"é\N{GRINNING FACE}BEGIN:VEVENT', max_size=200
)
long = text(characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=70, max_size=200)


def events(*activities: CalendarEvent, name: str = "Mend") -> list[Component]:
    return Calendar.from_ical(render_calendar(name, activities)).walk("VEVENT")


def test_an_activity_is_an_event() -> None:
    """With its title and its time, and nothing of why it was chosen."""
    (event,) = events(WALK)

    assert event["UID"] == "0190-1@mend"
    assert event["SUMMARY"] == "A short walk"
    assert event.decoded("DTSTART") == datetime(2027, 3, 10, 8, tzinfo=UTC)
    assert event.decoded("DURATION") == timedelta(minutes=15)
    assert event.decoded("DTSTAMP") == CHANGED
    assert event["STATUS"] == "CONFIRMED"
    assert event["CLASS"] == "PRIVATE"
    assert "DESCRIPTION" not in event


def test_a_plan_without_activities_is_an_empty_calendar() -> None:
    """It has a name, and asks programs to refresh it every hour."""
    parsed = Calendar.from_ical(render_calendar("Mend", []))

    assert parsed["X-WR-CALNAME"] == "Mend"
    assert parsed.decoded("REFRESH-INTERVAL") == timedelta(hours=1)
    assert parsed.walk("VEVENT") == []


def test_a_cancelled_activity_stays_as_cancelled() -> None:
    """With a higher sequence, so that calendars remove it."""
    (event,) = events(WALK._replace(cancelled=True, sequence=3))

    assert event["STATUS"] == "CANCELLED"
    assert event["SEQUENCE"] == 3


@given(hostile | long, hostile | long)
def test_no_title_breaks_out_of_its_line(title: str, name: str) -> None:
    """With any title there is one event, and the title is kept, without control characters."""
    parsed = Calendar.from_ical(render_calendar(name, [WALK._replace(title=title)]))
    (event,) = parsed.walk("VEVENT")
    lines = re.sub("\r\n|[\r\x85\u2028\u2029]", "\n", title)

    assert str(event["SUMMARY"]) == "".join(c for c in lines if c in "\n\t" or (c >= " " and c != "\x7f"))
    assert event["UID"] == WALK.uid


@pytest.mark.parametrize("line_break", ["\x85", "\u2028", "\u2029"], ids=["NEL", "LS", "PS"])
def test_a_unicode_line_break_in_a_title_is_escaped(line_break: str) -> None:
    """Programs that split at Unicode line breaks read the same lines as those that split at CRLF."""
    text = render_calendar("Mend", [WALK._replace(title=f"A walk{line_break}STATUS:CANCELLED")])

    assert text.splitlines() == text.removesuffix("\r\n").split("\r\n")
    assert r"SUMMARY:A walk\nSTATUS:CANCELLED" in text.splitlines()


@given(long, integers(0, 100))
def test_every_line_is_folded(title: str, sequence: int) -> None:
    """A line has at most 75 octets, ends with CRLF, and a fold splits no character."""
    octets = render_calendar("Mend", [WALK._replace(title=title, sequence=sequence)]).encode()
    *lines, last = octets.split(b"\r\n")

    assert last == b""
    assert not [line for line in lines if len(line) > 75 or b"\r" in line or b"\n" in line]
    assert all(line.decode() for line in lines)
    assert [line for line in lines if line.startswith(b" ")]


def test_the_same_plan_gives_the_same_text() -> None:
    """The text does not depend on the time of the request."""
    assert render_calendar("Mend", [WALK]) == render_calendar("Mend", [WALK])
