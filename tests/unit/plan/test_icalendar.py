from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import characters, integers, text
from icalendar import Calendar, Component

from functions.plan.rules.icalendar import Event, calendar
from shared.clock import zone

LONDON = zone("Europe/London")
CHANGED = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
WALK = Event("0190-1@mend", date(2027, 3, 10), time(8), 15, "A short walk", 0, cancelled=False, changed_at=CHANGED)

hostile = text(characters(codec="utf-8"), max_size=200) | text(
    '\r\n\t ,;:\\"é\N{GRINNING FACE}BEGIN:VEVENT', max_size=200
)
long = text(characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=70, max_size=200)


def events(*told: Event, name: str = "Mend") -> list[Component]:
    return Calendar.from_ical(calendar(name, told, LONDON)).walk("VEVENT")


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


def test_a_plan_without_activities_is_a_calendar_all_the_same() -> None:
    """Whoever follows it sees its name, and asks again within the hour."""
    parsed = Calendar.from_ical(calendar("Mend", [], LONDON))

    assert parsed["X-WR-CALNAME"] == "Mend"
    assert parsed.decoded("REFRESH-INTERVAL") == timedelta(hours=1)
    assert parsed.walk("VEVENT") == []


def test_a_cancelled_activity_stays_as_cancelled() -> None:
    """With a later sequence, so that calendars which hold it take it out."""
    (event,) = events(WALK._replace(cancelled=True, sequence=3))

    assert event["STATUS"] == "CANCELLED"
    assert event["SEQUENCE"] == 3


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        pytest.param(27, time(8), datetime(2027, 3, 27, 8, tzinfo=UTC), id="the day before"),
        pytest.param(28, time(8), datetime(2027, 3, 28, 7, tzinfo=UTC), id="the day clocks go forward"),
        pytest.param(28, time(1, 30), datetime(2027, 3, 28, 1, tzinfo=UTC), id="a time that clocks skip"),
    ],
)
def test_times_are_those_of_the_clock_on_the_wall(day: int, at: time, expected: datetime) -> None:
    """Eight in the morning is eight in the morning on either side of a change of clocks."""
    (event,) = events(WALK._replace(date=date(2027, 3, day), local_time=at))

    assert event.decoded("DTSTART") == expected


@given(hostile | long, hostile | long)
def test_no_title_breaks_out_of_its_line(title: str, name: str) -> None:
    """Whatever is written in it, there is one event, and its title is what was written but for control characters."""
    parsed = Calendar.from_ical(calendar(name, [WALK._replace(title=title)], LONDON))
    (event,) = parsed.walk("VEVENT")
    written = title.replace("\r\n", "\n").replace("\r", "\n")

    assert str(event["SUMMARY"]) == "".join(c for c in written if c in "\n\t" or (c >= " " and c != "\x7f"))
    assert event["UID"] == WALK.uid


@given(long, integers(0, 100))
def test_every_line_is_short_and_ends_as_it_must(title: str, sequence: int) -> None:
    """At most 75 octets between one CRLF and the next, each of them whole characters."""
    octets = calendar("Mend", [WALK._replace(title=title, sequence=sequence)], LONDON).encode()
    *lines, last = octets.split(b"\r\n")

    assert last == b""
    assert not [line for line in lines if len(line) > 75 or b"\r" in line or b"\n" in line]
    assert all(line.decode() for line in lines)
    assert [line for line in lines if line.startswith(b" ")]


def test_the_same_plan_gives_the_same_text() -> None:
    """Nothing in it depends on when it is asked for."""
    assert calendar("Mend", [WALK], LONDON) == calendar("Mend", [WALK], LONDON)
